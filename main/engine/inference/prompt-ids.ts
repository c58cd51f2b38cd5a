import type { LeftOutRow, PromptInput } from '../../shared/engine-protocol.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import type { TemplateMessage } from '../../shared/render-params.ts'
import type { ModelFiles } from '../model/load-model.ts'
import { mapWithinTime } from '../model/time-limit.ts'
import type { Tokenizer } from '../model/tokenizer/tokenizer.ts'

/**
 * Token ids of an input. `row` is its index in the request, for errors. `room` is the number of further tokens that must fit the model's
 * context.
 */
export function promptIds(files: ModelFiles, input: PromptInput, row: number, room = 0): number[] {
  const ids = 'inputIds' in input ? input.inputIds : encodeInput(files, input, row)
  checkIds(files, ids, row)
  checkLength(files, ids.length, row, room)
  return ids
}

function encodeInput(files: ModelFiles, input: Exclude<PromptInput, { inputIds: number[] }>, row: number): number[] {
  const tokenizer = tokenizerOf(files, row)
  if ('text' in input) return plainTextIds(files, tokenizer, input.text)
  // A model without a chat template (a base model) just continues the prompt, as it is trained to on such rows.
  const opening = input.opening ?? ''
  if ('prompt' in input && !files.chatTemplate) return plainTextIds(files, tokenizer, input.prompt + opening)
  const messages = 'messages' in input ? input.messages : [{ role: 'user', content: input.prompt }]
  return tokenizer.encode(renderMessages(files, messages, { addGenerationPrompt: true, row }) + opening, { special: true })
}

/**
 * Token ids of a standalone text. For a base model (no chat template) they start with the model's opening tokens (usually BOS), exactly
 * once. A chat template writes those itself.
 */
export function plainTextIds({ chatTemplate }: Pick<ModelFiles, 'chatTemplate'>, tokenizer: Tokenizer, text: string): number[] {
  const ids = tokenizer.encode(text, { special: true })
  const { opening } = tokenizer
  const isOpened = opening.every((id, i) => ids[i] === id)
  return chatTemplate || isOpened ? ids : [...opening, ...ids]
}

/** The model's tokenizer. Throws BAD_INPUT if there is none: only rows with token ids work without one. */
export function tokenizerOf(files: ModelFiles, row?: number): Tokenizer {
  if (files.tokenizer) return files.tokenizer
  throw new LaurelError(
    'BAD_INPUT',
    `${files.path} has no tokenizer, so it can't encode text`,
    'Provide token ids, or add tokenizer.json.',
    {
      row,
    },
  )
}

const commonRoles = new Set(['system', 'user', 'assistant'])

interface RenderOptions {
  readonly addGenerationPrompt: boolean
  readonly variables?: Record<string, unknown>
  readonly row?: number
  /** Also renders roles that the template has nothing for, to show what it makes of them. */
  readonly anyRole?: boolean
}

/** The conversation, rendered by the model's chat template. */
export function renderMessages(
  files: ModelFiles,
  messages: readonly TemplateMessage[],
  { addGenerationPrompt, variables, row, anyRole = false }: RenderOptions,
): string {
  const template = files.chatTemplate
  if (!template) {
    const remedy = 'Provide rows with raw text or token ids, or add chat_template.jinja to the model folder.'
    throw new LaurelError('BAD_INPUT', `${files.path} has no chat template, so it can't render messages`, remedy, { row })
  }
  const stranger = anyRole ? undefined : messages.find(({ role }) => !commonRoles.has(role) && !mentions(template.source, role))
  if (stranger) {
    const message = `the model's chat template doesn't support the role ${JSON.stringify(stranger.role)}`
    throw new LaurelError('BAD_INPUT', message, 'Use the roles system, user, and assistant.', { row })
  }
  try {
    return template.render(messages, addGenerationPrompt, variables)
  } catch (cause) {
    if (cause instanceof LaurelError) throw new LaurelError(cause.code, cause.message, cause.remedy, { row, cause })
    const message = `the model's chat template rejects these messages: ${cause instanceof Error ? cause.message : cause}`
    const order = 'Order the messages as the model expects: user and assistant alternating, user last.'
    throw new LaurelError('BAD_INPUT', message, order, { row, cause })
  }
}

/** A template with special handling of a role names it in quotes. A template that prints any role doesn't name them. */
const mentions = (template: string, role: string): boolean => template.includes(`'${role}'`) || template.includes(`"${role}"`)

function checkIds(files: ModelFiles, ids: readonly number[], row: number): void {
  const { vocabulary } = files.config
  if (ids.length === 0) throw new LaurelError('BAD_INPUT', 'the input is empty', 'Provide at least one token.', { row })
  const wrong = ids.find((id) => !(id >= 0 && id < vocabulary))
  if (wrong !== undefined) {
    const message = `token id ${wrong} is outside the model's vocabulary of ${vocabulary}`
    throw new LaurelError('BAD_INPUT', message, "Use this model's token ids.", { row })
  }
}

/** Throws BAD_INPUT if the row doesn't fit the model's context. */
export function checkLength(files: ModelFiles, length: number, row: number, room = 0): void {
  const { contextLength } = files.config
  if (length + room <= contextLength) return
  const message = `${length} tokens don't fit the model's context of ${contextLength}${room > 0 ? ', which must also hold the response' : ''}`
  throw new LaurelError('BAD_INPUT', message, 'Shorten the row.', { row })
}

/**
 * First token of a choice. If the tokenizer marks the start of a text with a separate blank token (SentencePiece), that one is skipped,
 * because the choice occurs in the middle of a text.
 */
export function choiceId(tokenizer: Tokenizer, choice: string): number {
  const ids = tokenizer.encode(choice, { special: false })
  if (ids.length === 0) throw badInput(`the choice ${JSON.stringify(choice)} has no tokens`, 'Provide non-empty choices.')
  if (/^\s/.test(choice)) return ids[0]
  return ids.find((id) => tokenizer.decode([id], { special: true }).trim() !== '') ?? ids[0]
}

/** Usable rows, and skipped ones. */
interface PreparedRows<Result> {
  readonly kept: readonly Result[]
  readonly leftOut: readonly LeftOutRow[]
}

const isBadRow = (error: unknown): error is LaurelError =>
  error instanceof LaurelError && error.row !== undefined && (error.code === 'BAD_INPUT' || error.code === 'UNSUPPORTED')

/**
 * Prepare a request's rows within their time limits; `what` starts the time limit's error message. With `leaveOut`, a row whose own content
 * is bad (the error names the row) is skipped. Otherwise, and for any other error, the request fails.
 */
export function prepareRows<Row, Result>(
  what: string,
  rows: readonly Row[],
  leaveOut: boolean | undefined,
  prepare: (row: Row, index: number) => Result,
): PreparedRows<Result> {
  const prepared = mapWithinTime(what, rows, (row, index): { kept: Result } | LeftOutRow => {
    try {
      return { kept: prepare(row, index) }
    } catch (error) {
      if (leaveOut !== true || !isBadRow(error)) throw error
      return { leftOut: error.message, row: index }
    }
  })
  return {
    kept: prepared.flatMap((item) => ('kept' in item ? [item.kept] : [])),
    leftOut: prepared.flatMap((item) => ('kept' in item ? [] : [item])),
  }
}
