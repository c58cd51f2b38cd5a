import type { Tensor } from '@tensorflow/tfjs'
import { tidy } from '../backend/tidy.ts'

/** What the way back needs: the input and `r = 1 / sqrt(mean(x^2) + epsilon)`. */
export interface NormSaved {
  readonly x: Tensor // [..., C]
  readonly r: Tensor // [..., 1]
}

/** Root mean square norm (Zhang & Sennrich 2019): `y = w * x * r`, over the last axis. */
export function rmsNorm(x: Tensor, weight: Tensor, epsilon: number): { y: Tensor; saved: NormSaved } {
  return tidy(() => {
    const r = x.square().mean(-1, true).add(epsilon).rsqrt() // [..., 1]
    return { y: x.mul(r).mul(weight), saved: { x, r } }
  })
}

/** `dx = r (g - xhat mean(g xhat))` with `g = dy w`, `xhat = x r`; `dw = sum over all but the last axis of dy xhat`. */
export function rmsNormBackward(dy: Tensor, weight: Tensor, { x, r }: NormSaved): { dx: Tensor; dw: Tensor } {
  return tidy(() => {
    const normed = x.mul(r)
    const g = dy.mul(weight)
    const dx = g.sub(normed.mul(g.mul(normed).mean(-1, true))).mul(r)
    const leading = Array.from({ length: x.rank - 1 }, (_, axis) => axis)
    return { dx, dw: dy.mul(normed).sum(leading) }
  })
}
