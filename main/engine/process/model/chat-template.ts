import { parse, tokenize } from '@huggingface/jinja'
import { badInput, LaurelError } from '../../../common/errors.ts'
import { BudgetExceeded, runTemplate } from './template-budget.ts'
import type { ChatTemplate } from './tokenizer.ts'

/** Tokens that templates call by name. */
export interface NamedTokens {
  readonly bos_token?: string
  readonly eos_token?: string
  readonly unk_token?: string
  readonly pad_token?: string
}

const maxCharacters = 256 * 1024 // real ones have up to about 20,000
const otherTemplate = 'Use the chat template that the model was published with.'
const maxRange = 100_000

/**
 * The day that templates are told it is (Llama 3 writes one into its system message, and falls back to this one). The
 * true date would make a run's result depend on the day it was resumed.
 */
const today = new Date(Date.UTC(2024, 6, 26))

/** A chat template from its Jinja source. `where` names its file in errors. Throws BAD_INPUT where it cannot be parsed. */
export function chatTemplate(source: string, tokens: NamedTokens, where: string): ChatTemplate {
  const program = parseTemplate(source, where)
  return {
    source,
    render(messages, addGenerationPrompt, more = {}) {
      try {
        return runTemplate(program, { ...globals, ...tokens, ...more, messages, add_generation_prompt: addGenerationPrompt })
      } catch (error) {
        if (error instanceof BudgetExceeded) throw badInput(`${where}: the chat template was ended: ${error.message}`, otherTemplate)
        throw badInput(
          `${where}: the chat template refuses these messages: ${(error as Error).message}`,
          'Use the roles and the order that the model was trained with (most take user and assistant in turn).',
        )
      }
    },
  }
}

function parseTemplate(source: string, where: string): ReturnType<typeof parse> {
  if (source.length > maxCharacters) {
    throw badInput(`${where}: the chat template has ${source.length} characters, more than ${maxCharacters}`, 'Use another model.')
  }
  try {
    return parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true })) // as transformers sets Jinja
  } catch (error) {
    throw new LaurelError('UNSUPPORTED', `${where}: the chat template cannot be read: ${(error as Error).message}`, 'Use another model.')
  }
}

/** What templates find beside the messages; transformers gives the same names. */
const globals = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  tools: null,
  documents: null,
  range: cappedRange,
  strftime_now: formatToday,
  raise_exception: refuse,
}

function refuse(message: unknown): never {
  throw new Error(String(message))
}

/** Python's `range`, small enough that no template can exhaust memory with it. */
function cappedRange(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop]
  const length = Math.max(0, Math.ceil((to - from) / step))
  if (!(length <= maxRange)) throw new Error(`range of ${length} is too long`)
  return Array.from({ length }, (_, i) => from + i * step)
}

/** The part of Python's `strftime` that templates use. */
function formatToday(format: string): string {
  const part = (options: Intl.DateTimeFormatOptions) => today.toLocaleString('en-US', { ...options, timeZone: 'UTC' })
  const parts: Record<string, string> = {
    '%d': String(today.getUTCDate()).padStart(2, '0'),
    '%m': String(today.getUTCMonth() + 1).padStart(2, '0'),
    '%Y': String(today.getUTCFullYear()),
    '%y': String(today.getUTCFullYear()).slice(2),
    '%b': part({ month: 'short' }),
    '%B': part({ month: 'long' }),
    '%a': part({ weekday: 'short' }),
    '%A': part({ weekday: 'long' }),
    '%H': '00',
    '%M': '00',
    '%S': '00',
    '%%': '%',
  }
  return format.replace(/%./g, (code) => parts[code] ?? code)
}
