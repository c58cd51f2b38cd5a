import { toErrorValue } from '../../../common/errors.ts'
import type { RowTokensParams, SftRow } from '../../protocol.ts'
import type { RowTokens } from '../../training-rows.ts'
import type { ModelFiles } from '../model/model-files.ts'
import type { Tokenizer } from '../model/tokenizer.ts'
import { tokenizerOf } from '../prompt-ids.ts'
import { encodeSft } from './rows.ts'

/** Rows exactly as a training encodes them, for a person to look at. A row that a training would refuse says why. */
export function rowTokens(files: ModelFiles, { rows, maxLength, promptWeight }: RowTokensParams): RowTokens[] {
  const tokenizer = tokenizerOf(files)
  return rows.map((row) => {
    try {
      return shown(files, tokenizer, row as SftRow, maxLength, promptWeight)
    } catch (thrown) {
      return { tokens: [], isCut: false, problem: toErrorValue(thrown).message }
    }
  })
}

function shown(files: ModelFiles, tokenizer: Tokenizer, row: SftRow, maxLength: number, defaultWeight: number): RowTokens {
  const { examples, truncated } = encodeSft(files, [row], { maxLength, promptWeight: defaultWeight })
  const [{ prompt, completion, promptWeight, weights }] = examples
  // The very first token is predicted from nothing, so it never has a loss.
  const weightOf = (i: number): number => {
    if (i >= prompt.length) return weights?.[i - prompt.length] ?? 1
    return i === 0 ? 0 : promptWeight
  }
  const ids = [...prompt, ...completion]
  const texts = tokenTexts(tokenizer, ids)
  return { tokens: ids.map((id, i) => ({ id, text: texts[i], weight: weightOf(i) })), isCut: truncated > 0, problem: null }
}

/** Longest run of tokens that may together be one character: a character has four bytes at most. */
const mostParts = 4

/**
 * The text of each token; together they are the whole text. A token is decoded behind its predecessor, since some tokenizers drop a space
 * at the start. Of a character that is spread over several tokens the last one has the text.
 */
export function tokenTexts(tokenizer: Tokenizer, ids: readonly number[]): string[] {
  const decode = (some: readonly number[]): string => tokenizer.decode([...some], { special: true })
  const texts: string[] = []
  let start = 0 // of the tokens that have no text yet
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
