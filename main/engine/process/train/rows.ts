import { LaurelError } from '../../../common/errors.ts'
import type { CompletionInput, DpoRow, LeftOutRow, Message, SftRow } from '../../protocol.ts'
import { prepareRows } from '../left-out.ts'
import type { ModelFiles } from '../model/model-files.ts'
import { plainTextIds, renderMessages, tokenizerOf } from '../prompt-ids.ts'

/** A prompt and what follows it, as token ids. */
export interface Sides {
  readonly prompt: readonly number[]
  readonly completion: readonly number[]
}

/** An SFT example ready for training. */
export interface SftExample extends Sides {
  readonly promptWeight: number
  readonly weights: readonly number[] | null // one per completion token
}

/** A preference pair ready for training. */
export interface DpoExample {
  readonly prompt: readonly number[]
  readonly chosen: readonly number[]
  readonly rejected: readonly number[]
}

export interface Encoded<T> {
  readonly examples: readonly T[]
  /** Rows that were cut to `maxLength`, or left out because nothing of their response was left. */
  readonly truncated: number
  /** Rows that are not among the examples because they can't be read. */
  readonly leftOut: readonly LeftOutRow[]
  /** The row that each example comes from. */
  readonly rows: readonly number[]
}

/** How rows are read for a training. */
export interface EncodeOptions {
  readonly maxLength: number
  /** Whether a row that can't be read is left out rather than an error. */
  readonly leaveOut?: boolean | undefined
}

export function encodeSft(
  files: ModelFiles,
  rows: readonly SftRow[],
  { maxLength, promptWeight, leaveOut }: EncodeOptions & { readonly promptWeight: number },
): Encoded<SftExample> {
  return encodeAll(files, rows, leaveOut, (row, index) => {
    const { prompt, completion } = encodeSides(files, row.prompt, row.completion, index)
    if (row.weights && row.weights.length !== completion.length) {
      const message = `${row.weights.length} weights for ${completion.length} completion tokens`
      throw new LaurelError('BAD_INPUT', message, 'Give one weight per token of the completion, its end token included.', { row: index })
    }
    const cut = completion.slice(0, Math.max(0, maxLength - prompt.length))
    if (cut.length === 0) return { example: null, truncated: true }
    const example = {
      prompt,
      completion: cut,
      promptWeight: row.promptWeight ?? promptWeight,
      weights: row.weights?.slice(0, cut.length) ?? null,
    }
    return { example, truncated: cut.length < completion.length }
  })
}

export function encodeDpo(files: ModelFiles, rows: readonly DpoRow[], { maxLength, leaveOut }: EncodeOptions): Encoded<DpoExample> {
  return encodeAll(files, rows, leaveOut, (row, index) => {
    const [chosen, rejected] = withOnePrompt(
      encodeSides(files, row.prompt, row.chosen, index),
      encodeSides(files, row.prompt, row.rejected, index),
    )
    const room = Math.max(0, maxLength - chosen.prompt.length)
    const example = { prompt: chosen.prompt, chosen: chosen.completion.slice(0, room), rejected: rejected.completion.slice(0, room) }
    if (example.chosen.length === 0 || example.rejected.length === 0) return { example: null, truncated: true }
    return { example, truncated: chosen.completion.length > room || rejected.completion.length > room }
  })
}

/** Both responses behind the same prompt: what both prompts begin with, where a template made them end differently. */
function withOnePrompt(chosen: Sides, rejected: Sides): [Sides, Sides] {
  const differing = chosen.prompt.findIndex((id, i) => rejected.prompt[i] !== id)
  const length = differing === -1 ? chosen.prompt.length : differing
  const cut = ({ prompt, completion }: Sides): Sides => ({
    prompt: prompt.slice(0, length),
    completion: [...prompt.slice(length), ...completion],
  })
  return length === chosen.prompt.length && length === rejected.prompt.length ? [chosen, rejected] : [cut(chosen), cut(rejected)]
}

function encodeAll<Row, Example>(
  files: ModelFiles,
  rows: readonly Row[],
  leaveOut: boolean | undefined,
  encode: (row: Row, index: number) => { example: Example | null; truncated: boolean },
): Encoded<Example> {
  const { kept, leftOut } = prepareRows(`${files.path}: reading the row`, rows, leaveOut, (row, index) => ({
    ...encode(row, index),
    row: index,
  }))
  const examples = kept.flatMap(({ example }) => (example === null ? [] : [example]))
  if (examples.length === 0) {
    const why = leftOut.length === 0 ? '' : ` (${leftOut[0].leftOut})`
    throw new LaurelError('BAD_INPUT', `no row is left to train on${why}`, 'Give rows, and a max_length with room for prompt and response.')
  }
  return {
    examples,
    truncated: kept.filter(({ truncated }) => truncated).length,
    leftOut,
    rows: kept.flatMap(({ example, row }) => (example === null ? [] : [row])),
  }
}

/**
 * A prompt and its completion as ids, exactly as they follow each other in a conversation. Both are written by the chat
 * template and tokenized as one text, then cut where the prompt ends; without a template the texts are simply joined and
 * closed by the end token.
 */
export function encodeSides(files: ModelFiles, prompt: CompletionInput, completion: CompletionInput, index: number): Sides {
  if (isIds(prompt) && isIds(completion)) return checked(files, { prompt: prompt.inputIds, completion: completion.inputIds }, index)
  if (isIds(prompt) || isIds(completion)) {
    throw new LaurelError('BAD_INPUT', 'a row mixes token ids and text', 'Give prompt and responses both as ids or both as text.', {
      row: index,
    })
  }
  const tokenizer = tokenizerOf(files, index)
  const encode = (text: string) => tokenizer.encode(text, { special: true })
  if (!files.chatTemplate) {
    const end = files.stopTokens.slice(0, 1)
    return checked(
      files,
      { prompt: plainTextIds(files, tokenizer, plainText(prompt)), completion: [...encode(plainText(completion)), ...end] },
      index,
    )
  }
  const before = messagesOf(prompt, 'user')
  const head = renderMessages(files, before, { addGenerationPrompt: true, row: index })
  const whole = renderMessages(files, [...before, ...messagesOf(completion, 'assistant')], { addGenerationPrompt: false, row: index })
  const promptIds = encode(head)
  const wholeIds = encode(whole)
  const continues = promptIds.every((id, i) => wholeIds[i] === id)
  if (continues) return checked(files, { prompt: promptIds, completion: wholeIds.slice(promptIds.length) }, index)
  if (whole.startsWith(head)) return checked(files, { prompt: promptIds, completion: encode(whole.slice(head.length)) }, index)
  const shared = sharedStart(head, whole, before)
  if (shared !== null) return checked(files, cutAt(shared, whole, wholeIds, encode), index)
  const message = "the chat template writes a prompt differently once an answer follows, so the answer's tokens can't be told apart"
  throw new LaurelError('UNSUPPORTED', message, 'Give the rows as token ids.', { row: index })
}

/**
 * What a prompt's two forms have in common, where a template opens the next answer in another way than it writes one (with `<think>`, which an
 * answer need not have): there the prompt ends, as in TRL. Null where they differ before the end of what was said.
 */
function sharedStart(head: string, whole: string, before: readonly Message[]): string | null {
  let length = 0
  while (length < head.length && head[length] === whole[length]) length++
  const said = before.at(-1)?.content.trim() ?? ''
  const end = head.lastIndexOf(said) + said.length
  return length > 0 && length >= end ? whole.slice(0, length) : null
}

function cutAt(start: string, whole: string, wholeIds: readonly number[], encode: (text: string) => number[]): Sides {
  const prompt = encode(start)
  const continues = prompt.every((id, i) => wholeIds[i] === id)
  return { prompt, completion: continues ? wholeIds.slice(prompt.length) : encode(whole.slice(start.length)) }
}

const isIds = (input: CompletionInput): input is { inputIds: number[] } => typeof input === 'object' && !Array.isArray(input)

const messagesOf = (input: string | Message[], role: string): Message[] => (typeof input === 'string' ? [{ role, content: input }] : input)

const plainText = (input: string | Message[]): string =>
  typeof input === 'string' ? input : input.map(({ content }) => content).join('\n')

function checked(files: ModelFiles, sides: Sides, index: number): Sides {
  if (sides.prompt.length === 0) throw new LaurelError('BAD_INPUT', 'the prompt is empty', 'Give every row a prompt.', { row: index })
  const wrong = [...sides.prompt, ...sides.completion].find((id) => !(id >= 0 && id < files.config.vocabulary))
  if (wrong === undefined) return sides
  const message = `token id ${wrong} is outside the model's vocabulary of ${files.config.vocabulary}`
  throw new LaurelError('BAD_INPUT', message, 'Use ids of this very model.', { row: index })
}
