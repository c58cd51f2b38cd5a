import type { Figures } from '../shared/evaluation-settings.ts'

/** Consecutive tokens of a text, of which the last `scored` are measured given those before them. */
export interface TextWindow {
  readonly ids: readonly number[]
  readonly scored: number
}

/**
 * Windows of at most `context` tokens that measure each token of a text once (all but the first, which nothing precedes): each begins `stride`
 * tokens after the one before, so a token has at least `context - stride` tokens before it, or the text's beginning (the method of transformers'
 * documentation of perplexity). `stride` must be less than `context`.
 */
export function textWindows(
  ids: readonly number[],
  { context, stride }: { readonly context: number; readonly stride: number },
): TextWindow[] {
  const windows: TextWindow[] = []
  let measured = 1
  for (let start = 0; measured < ids.length; start += stride) {
    const end = Math.min(start + context, ids.length)
    if (end <= measured) continue
    windows.push({ ids: ids.slice(start, end), scored: end - measured })
    measured = end
  }
  return windows
}

/** The log-probability of a window's measured tokens. */
export interface WindowScore {
  readonly logprob: number
  readonly tokens: number
}

/**
 * Perplexity per token, exp(-sum log p / tokens), and what doesn't depend on the tokenizer: perplexity per byte and bits per byte (UTF-8).
 * Null if there are no tokens.
 */
export function perplexityFigures(scores: readonly WindowScore[], bytes: number): Figures {
  const tokens = scores.reduce((sum, score) => sum + score.tokens, 0)
  const logprob = scores.reduce((sum, score) => sum + score.logprob, 0)
  const per = (count: number): number | null => (tokens === 0 ? null : -logprob / count)
  const [perToken, perByte] = [per(tokens), per(bytes)]
  return {
    perplexity: perToken === null ? null : Math.exp(perToken),
    byte_perplexity: perByte === null ? null : Math.exp(perByte),
    bits_per_byte: perByte === null ? null : perByte / Math.LN2,
    tokens,
    bytes,
  }
}
