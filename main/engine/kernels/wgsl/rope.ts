import type { Precision } from '../../../shared/train-config.ts'
import type { Operand } from '../../backends/operand.ts'
import { outputTensor } from '../../backends/webgpu-dispatch.ts'
import { dispatchElements, elementwise } from '../../backends/webgpu-elementwise.ts'
import { reads, variants, writes } from '../../backends/webgpu-shader.ts'
import type { HeadShape } from '../head-shape.ts'
import type { Angles } from '../rope.ts'

/** Each value meets its partner half a head away: before it in the second half, after it in the first. */
const rotate = variants((precision: Precision) =>
  elementwise({
    name: 'rotate-heads',
    buffers: { qkv: reads(precision), cos: reads(), sin: reads(), rotated: writes(precision) },
    numbers: { width: 'u32', headDim: 'u32', turned: 'u32', direction: 'f32' },
    value: `
fn value(i: u32) -> f32 {
  let own = qkv_at(i);
  let c = i % numbers.width;
  if (c >= numbers.turned) { return own; }
  let half = numbers.headDim / 2;
  let d = c % numbers.headDim;
  let angle = (i / numbers.width) * half + d % half;
  let turn = sin_at(angle) * numbers.direction;
  if (d < half) { return own * cos_at(angle) - qkv_at(i + half) * turn; }
  return own * cos_at(angle) + qkv_at(i - half) * turn;
}`,
    output: 'rotated',
  }),
)

export function wgslRotateHeads(qkv: Operand, { cos, sin }: Angles, shape: HeadShape, direction: 1 | -1): Operand {
  const { heads, keyValueHeads, headDim } = shape
  const { tensor, precision } = qkv
  const rotated = outputTensor(tensor.shape, precision)
  const numbers = { width: tensor.shape.at(-1)!, headDim, turned: (heads + keyValueHeads) * headDim, direction }
  dispatchElements(rotate(precision), tensor.size, { buffers: { qkv: tensor, cos, sin, rotated }, numbers })
  return { tensor: rotated, precision }
}
