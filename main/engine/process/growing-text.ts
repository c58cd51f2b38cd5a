import type { GeneratePiece } from '../protocol.ts'
import type { Generated } from './generate/generate.ts'
import type { Tokenizer } from './model/tokenizer.ts'
import { responseText } from './response-text.ts'

/** At most this often (milliseconds) a growing response is told of: faster than this nobody reads. */
const interval = 200

/** What the bytes of a character that is not complete yet decode to. */
const replacement = '\uFFFD'

/**
 * Tells responses as they grow: each piece is what is new since the last. Never told is what the next token may still change or take back: a
 * character of which bytes are missing, and the beginning of a stop text.
 */
export function growingTexts(tokenizer: Tokenizer, stop: readonly string[], now: () => number = () => performance.now()) {
  const told = new Map<string, { text: string; at: number }>()
  const keyOf = (row: number, sample: number): string => `${row}/${sample}`
  return {
    /** Whether it is time to tell of a response again: the first time at once. */
    isDue(row: number, sample: number): boolean {
      const last = told.get(keyOf(row, sample))
      return last === undefined || now() - last.at >= interval
    },

    /** What is new in a response; undefined where nothing is. One that has ended is told to its end. */
    next({ row, sample, tokenIds, finishReason }: Generated): GeneratePiece | undefined {
      const { text: whole, stopped } = responseText(tokenizer, tokenIds, stop)
      const isFinal = finishReason !== null || stopped
      const text = isFinal ? whole : settled(whole, stop)
      const before = told.get(keyOf(row, sample))?.text ?? ''
      told.set(keyOf(row, sample), { text, at: now() })
      if (text === before) return undefined
      const at = commonLength(before, text)
      return { piece: true, row, sample, at, text: text.slice(at), tokens: tokenIds.length }
    },
  }
}

/** A text without the end that may yet become something else. */
function settled(text: string, stop: readonly string[]): string {
  let end = text.length
  while (text[end - 1] === replacement) end--
  const held = Math.max(0, ...stop.map((ending) => begunLength(text.slice(0, end), ending)))
  return text.slice(0, end - held)
}

/** How many characters at the text's end are the beginning of a stop text. */
function begunLength(text: string, ending: string): number {
  for (let length = Math.min(ending.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(ending.slice(0, length))) return length
  }
  return 0
}

function commonLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}
