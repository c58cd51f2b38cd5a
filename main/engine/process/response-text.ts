import type { Sampling } from '../protocol.ts'
import type { Tokenizer } from './model/tokenizer.ts'

/** Text of a response: special tokens left out, cut before the first stop text. `stopped`: whether there was one. */
export function responseText(tokenizer: Tokenizer, ids: readonly number[], stop: readonly string[]): { text: string; stopped: boolean } {
  const text = tokenizer.decode(ids, { special: false })
  const ends = stop.map((ending) => text.indexOf(ending)).filter((index) => index >= 0)
  return ends.length === 0 ? { text, stopped: false } : { text: text.slice(0, Math.min(...ends)), stopped: true }
}

/**
 * Whether a growing sequence has just completed a stop text. Only its end is decoded: every token but a special one
 * stands for at least one byte, so a stop text of n bytes that ends in the newest token starts at most n tokens back.
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

/** A character cut in two at the tail's start decodes to rubbish; it needs up to three tokens to be over. */
const margin = 4
