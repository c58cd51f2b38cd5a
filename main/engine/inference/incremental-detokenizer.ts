import type { GeneratePiece, Sampling } from '../../shared/engine-protocol.ts'
import type { Tokenizer } from '../model/tokenizer/tokenizer.ts'
import type { Generated } from './generate.ts'

/** Minimum interval between pieces of one response, in milliseconds: no one reads faster. */
const interval = 200

/** An incomplete character's bytes decode to this. */
const replacement = '\uFFFD'

/**
 * Incremental detokenizer: each piece is the text added since the last one. It holds back what the next token may still change or remove:
 * an incomplete character, and the start of a stop string.
 */
export function incrementalDetokenizer(tokenizer: Tokenizer, stop: readonly string[], now: () => number = () => performance.now()) {
  const told = new Map<string, { text: string; at: number }>()
  const keyOf = (row: number, sample: number): string => `${row}/${sample}`
  return {
    /** Whether a response is due for another piece. The first one is due immediately. */
    isDue(row: number, sample: number): boolean {
      const last = told.get(keyOf(row, sample))
      return last === undefined || now() - last.at >= interval
    },

    /** New text of a response; undefined if there is none. A finished response is emitted to its end. */
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

/** The text without an end that may still change. */
function settled(text: string, stop: readonly string[]): string {
  let end = text.length
  while (text[end - 1] === replacement) end--
  const held = Math.max(0, ...stop.map((ending) => startedLength(text.slice(0, end), ending)))
  return text.slice(0, end - held)
}

/** Length of the longest text ending that is a prefix of the stop string. */
function startedLength(text: string, ending: string): number {
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

/** Text of a response without special tokens, cut before the first stop string. `stopped`: whether there was one. */
export function responseText(tokenizer: Tokenizer, ids: readonly number[], stop: readonly string[]): { text: string; stopped: boolean } {
  const text = tokenizer.decode(ids, { special: false })
  const ends = stop.map((ending) => text.indexOf(ending)).filter((index) => index >= 0)
  return ends.length === 0 ? { text, stopped: false } : { text: text.slice(0, Math.min(...ends)), stopped: true }
}

/**
 * Whether the newest token of a growing sequence completes a stop string. Decodes only the end: every token except special ones stands for
 * at least one byte, so a stop string of n bytes that ends in the newest token starts at most n tokens back.
 */
export function stopCheck(
  tokenizer: Tokenizer,
  { stop, minNewTokens }: Pick<Sampling, 'stop' | 'minNewTokens'>,
): ((ids: readonly number[]) => boolean) | undefined {
  if (stop.length === 0) return undefined
  const reach = Math.max(...stop.map((text) => Buffer.byteLength(text))) + margin
  return (ids) => {
    if (ids.length < minNewTokens) return false
    const tail = tokenizer.decode(ids.slice(-reach), { special: false })
    return stop.some((text) => tail.includes(text))
  }
}

/** A character split at the start of the tail decodes to garbage for up to three tokens. */
const margin = 4
