import type { RowTokensParams, SftRow } from '../../shared/engine-protocol.ts'
import { toErrorValue } from '../../shared/errors.ts'
import type { RowTokens } from '../../shared/training-rows.ts'
import { tokenizerOf } from '../inference/prompt-ids.ts'
import type { ModelFiles } from '../model/model-files.ts'
import type { Tokenizer } from '../model/tokenizer/tokenizer.ts'
import { encodeSft } from './encoded-rows.ts'

/** Rows exactly as a training encodes them, for display. A row that the training would reject has the reason instead. */
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
  // The first token has nothing to be predicted from, so it never has a loss.
  const weightOf = (i: number): number => {
    if (i >= prompt.length) return weights?.[i - prompt.length] ?? 1
    return i === 0 ? 0 : promptWeight
  }
  const ids = [...prompt, ...completion]
  const texts = tokenTexts(tokenizer, ids)
  return { tokens: ids.map((id, i) => ({ id, text: texts[i], weight: weightOf(i) })), isCut: truncated > 0, problem: null }
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
