import type { Sampling } from '../../shared/engine-protocol.ts'
import type { Tokenizer } from '../model/tokenizer/tokenizer.ts'

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
