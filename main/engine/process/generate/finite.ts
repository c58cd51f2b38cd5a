import { LaurelError } from '../../../common/errors.ts'

/** Logits that became NaN or infinite say nothing of the next token: throws NUMERIC rather than let them pass as an answer. */
export function checkFinite(values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]) || values[i] === Number.POSITIVE_INFINITY) throw notFinite()
}

export const notFinite = (): LaurelError =>
  new LaurelError(
    'NUMERIC',
    "The model's output is not a number (NaN or infinite): its weights are damaged, or too large for this precision.",
    'Download the model again, or compute in float32.',
  )
