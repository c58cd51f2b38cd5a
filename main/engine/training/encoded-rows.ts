import type { DpoRow, LeftOutRow, LengthsParams, RewardRow, RowTokensParams, SftRow } from '../../shared/engine-protocol.ts'
import { LaurelError, toErrorValue } from '../../shared/errors.ts'
import type { RowLength, RowTokens } from '../../shared/training-rows.ts'
import { choiceId, prepareRows, promptIds, tokenizerOf } from '../inference/prompt-ids.ts'
import type { ModelFiles } from '../model/load-model.ts'
import type { Tokenizer } from '../model/tokenizer/tokenizer.ts'
import { checkVocabulary, encodeSides, type Sides } from './prompt-and-completion.ts'

/** An encoded SFT example. */
export interface SftExample extends Sides {
  readonly promptWeight: number
  readonly weights: readonly number[] | null // one per completion token
}

/** An encoded preference pair. */
export interface DpoExample {
  readonly prompt: readonly number[]
  readonly chosen: readonly number[]
  readonly rejected: readonly number[]
  readonly weight: number
  readonly consistency: number
}

/** An encoded pair of judge prompts. */
export interface RewardExample {
  readonly better: readonly number[]
  readonly worse: readonly number[]
  readonly yes: number
  readonly no: number
  readonly margin: number
  readonly weight: number
}

export interface Encoded<T> {
  readonly examples: readonly T[]
  /** Rows truncated to `maxLength`, or dropped because no response token was left. */
  readonly truncated: number
  /** Rows skipped because they can't be encoded. */
  readonly leftOut: readonly LeftOutRow[]
  /** Row index of each example. */
  readonly rows: readonly number[]
}

/** Options for encoding training rows. */
interface EncodeOptions {
  readonly maxLength: number
  /** Skip rows that can't be encoded instead of failing. */
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
      throw new LaurelError('BAD_INPUT', message, 'Provide one weight per completion token, including the end token.', { row: index })
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
    const example = {
      prompt: chosen.prompt,
      chosen: chosen.completion.slice(0, room),
      rejected: rejected.completion.slice(0, room),
      weight: row.weight ?? 1,
      consistency: row.consistency ?? 1,
    }
    if (example.chosen.length === 0 || example.rejected.length === 0) return { example: null, truncated: true }
    return { example, truncated: chosen.completion.length > room || rejected.completion.length > room }
  })
}

/** A pair with a prompt longer than `maxLength` is dropped, because its verdict would be cut off. */
export function encodeReward(
  files: ModelFiles,
  rows: readonly RewardRow[],
  { maxLength, leaveOut }: EncodeOptions,
): Encoded<RewardExample> {
  return encodeAll(files, rows, leaveOut, (row, index) => {
    const [yes, no] = [row.yes, row.no].map((verdict) => verdictId(files, verdict, index))
    if (yes === no) {
      const message = `the verdicts ${JSON.stringify(row.yes)} and ${JSON.stringify(row.no)} start with the same token`
      throw new LaurelError('BAD_INPUT', message, 'Choose two verdicts whose first tokens differ.', { row: index })
    }
    const [better, worse] = [row.better, row.worse].map((input) => promptIds(files, input, index))
    if (Math.max(better.length, worse.length) > maxLength) return { example: null, truncated: true }
    return { example: { better, worse, yes, no, margin: row.margin ?? 0, weight: row.weight ?? 1 }, truncated: false }
  })
}

function verdictId(files: ModelFiles, verdict: string | number, index: number): number {
  const id = typeof verdict === 'number' ? verdict : choiceId(tokenizerOf(files, index), verdict)
  checkVocabulary(files, [id], index)
  return id
}

/** Give both responses the same prompt: the common prefix, if a template made the two prompts end differently. */
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
    throw new LaurelError('BAD_INPUT', `no rows left to train on${why}`, 'Add rows, or set a max_length that fits prompt and response.')
  }
  return {
    examples,
    truncated: kept.filter(({ truncated }) => truncated).length,
    leftOut,
    rows: kept.flatMap(({ example, row }) => (example === null ? [] : [row])),
  }
}

/** Tokens computed for a pair of judge prompts: their common start once. */
export function rewardTokens({ better, worse }: RewardExample): number {
  const differing = better.findIndex((id, i) => worse[i] !== id)
  return better.length + worse.length - (differing === -1 ? better.length : differing)
}

/** Row lengths as a training computes them: a pair's prompt once, tokens beyond `maxLength` cut. Throws what the training would throw. */
export function rowLengths(files: ModelFiles, { task, rows, maxLength, promptWeight }: LengthsParams): RowLength[] {
  if (task === 'dpo') {
    return encodeDpo(files, rows as DpoRow[], { maxLength }).examples.map(({ prompt, chosen, rejected }) => {
      const targets = chosen.length + rejected.length
      return { tokens: prompt.length + targets, targets }
    })
  }
  if (task === 'reward') {
    const { examples } = encodeReward(files, rows as RewardRow[], { maxLength })
    return examples.map((example) => ({ tokens: rewardTokens(example), targets: 4 })) // two verdicts after each prompt
  }
  return encodeSft(files, rows as SftRow[], { maxLength, promptWeight }).examples.map(({ prompt, completion, promptWeight, weights }) => {
    const ofCompletion = weights ? weights.filter((weight) => weight > 0).length : completion.length
    return { tokens: prompt.length + completion.length, targets: ofCompletion + (promptWeight > 0 ? prompt.length - 1 : 0) }
  })
}

/**
 * Rows exactly as a training encodes them. A row that the training would reject has the reason instead. Tokens of a model without a tokenizer
 * have no text.
 */
export function rowTokens(files: ModelFiles, { rows, maxLength, promptWeight }: RowTokensParams): RowTokens[] {
  return rows.map((row) => {
    try {
      return shown(files, row as SftRow, maxLength, promptWeight)
    } catch (thrown) {
      return { tokens: [], isCut: false, problem: toErrorValue(thrown).message }
    }
  })
}

function shown(files: ModelFiles, row: SftRow, maxLength: number, defaultWeight: number): RowTokens {
  const { examples, truncated } = encodeSft(files, [row], { maxLength, promptWeight: defaultWeight })
  const [{ prompt, completion, promptWeight, weights }] = examples
  // The first token has nothing to be predicted from, so it never has a loss.
  const weightOf = (i: number): number => {
    if (i >= prompt.length) return weights?.[i - prompt.length] ?? 1
    return i === 0 ? 0 : promptWeight
  }
  const ids = [...prompt, ...completion]
  const texts = files.tokenizer === null ? [] : tokenTexts(files.tokenizer, ids)
  return { tokens: ids.map((id, i) => ({ id, text: texts[i] ?? '', weight: weightOf(i) })), isCut: truncated > 0, problem: null }
}

/** Most tokens that can make up one character: UTF-8 uses up to four bytes. */
const mostParts = 4

/**
 * The text of each token; joined, they are the whole text. A token is decoded after its predecessor, because some tokenizers drop a leading
 * space. The text of a character that spans several tokens belongs to the last one.
 */
export function tokenTexts(tokenizer: Tokenizer, ids: readonly number[]): string[] {
  const decode = (some: readonly number[]): string => tokenizer.decode([...some], { special: true })
  const texts: string[] = []
  let start = 0 // first token without text yet
  for (let i = 0; i < ids.length; i++) {
    const before = start === 0 ? '' : decode(ids.slice(start - 1, start))
    const together = decode(ids.slice(Math.max(0, start - 1), i + 1))
    const text = together.startsWith(before) ? together.slice(before.length) : decode(ids.slice(start, i + 1))
    const isPart = text.endsWith('\uFFFD') && i + 1 - start < mostParts && i + 1 < ids.length
    texts.push(isPart ? '' : text)
    if (!isPart) start = i + 1
  }
  return texts
}
