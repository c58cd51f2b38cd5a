import type { Tensor } from '@tensorflow/tfjs-core'
import type { Precision } from '../../../shared/train-config.ts'
import type { Operand } from '../../backends/operand.ts'
import { outputTensor } from '../../backends/webgpu-dispatch.ts'
import { dispatchElements, elementwise } from '../../backends/webgpu-elementwise.ts'
import { reads, variants, writes } from '../../backends/webgpu-shader.ts'

const add = variants((precision: Precision) =>
  elementwise({
    name: 'add-bias',
    buffers: { x: reads(precision), bias: reads(), y: writes(precision) },
    numbers: { width: 'u32' },
    value: 'fn value(i: u32) -> f32 { return x_at(i) + bias_at(i % numbers.width); }',
    output: 'y',
  }),
)

export function wgslAddBias({ tensor: x, precision }: Operand, bias: Tensor): Operand {
  const y = outputTensor(x.shape, precision)
  dispatchElements(add(precision), x.size, { buffers: { x, bias, y }, numbers: { width: bias.size } })
  return { tensor: y, precision }
}
