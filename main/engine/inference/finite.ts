import { LaurelError } from '../../shared/errors.ts'

/** Throws NUMERIC for NaN or infinite logits, which would otherwise be sampled as if they meant something. */
export function checkFinite(values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]) || values[i] === Number.POSITIVE_INFINITY) throw notFinite()
}

export const notFinite = (): LaurelError =>
  new LaurelError(
    'NUMERIC',
    "The model's output contains NaN or infinity: its weights are damaged, or too large for this precision.",
    'Download the model again, or use float32.',
  )
