import type { Precision } from '../../../shared/train-config.ts'
import type { Operand } from '../../backends/operand.ts'
import { outputTensor } from '../../backends/webgpu-dispatch.ts'
import { dispatchElements, elementwise } from '../../backends/webgpu-elementwise.ts'
import { reads, variants, writes } from '../../backends/webgpu-shader.ts'
import type { SwigluGradients } from '../swiglu.ts'

/** `activated(i)`: silu(gate) up, for place i of [N, F]. `exp` overflows to infinity, and 1 / infinity is the sigmoid's 0. */
const activation = `
fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(-x)); }
fn activated(i: u32) -> f32 {
  let at = i + (i / numbers.width) * numbers.width; // of the gate
  let gate = gateUp_at(at);
  return gate * sigmoid(gate) * gateUp_at(at + numbers.width);
}`

const forward = variants((precision: Precision) =>
  elementwise({
    name: 'swiglu',
    buffers: { gateUp: reads(precision), y: writes(precision) },
    numbers: { width: 'u32' },
    value: `${activation}\nfn value(i: u32) -> f32 { return activated(i); }`,
    output: 'y',
  }),
)

export function wgslSwiglu({ tensor: gateUp, precision }: Operand): Operand {
  const [N, both] = gateUp.shape
  const y = outputTensor([N, both / 2], precision)
  dispatchElements(forward(precision), y.size, { buffers: { gateUp, y }, numbers: { width: both / 2 } })
  return { tensor: y, precision }
}

/** Over the places of dgateUp [N, 2F]; the first half of the threads also recomputes the activation [N, F]. */
const backward = variants((precision: Precision) =>
  elementwise({
    name: 'swiglu-backward',
    buffers: { dy: reads(precision), gateUp: reads(precision), dgateUp: writes(precision), y: writes(precision) },
    numbers: { width: 'u32' },
    value: `${activation}
fn value(i: u32) -> f32 {
  let c = i % (2 * numbers.width);
  let isUp = c >= numbers.width;
  let at = select(i, i - numbers.width, isUp); // of the gate
  let n = i / (2 * numbers.width);
  let slope = dy_at(n * numbers.width + select(c, c - numbers.width, isUp));
  let gate = gateUp_at(at);
  let s = sigmoid(gate);
  if (isUp) { return slope * gate * s; }
  return slope * gateUp_at(at + numbers.width) * (s + gate * s - gate * s * s);
}`,
    output: 'dgateUp',
    also: 'if (i < numbers.size / 2) { y_put(i, activated(i), activated(i + 1), i + 1 < numbers.size / 2); }',
  }),
)

export function wgslSwigluBackward({ tensor: dy }: Operand, { tensor: gateUp, precision }: Operand): SwigluGradients {
  const [dgateUp, y] = [outputTensor(gateUp.shape, precision), outputTensor(dy.shape, precision)]
  dispatchElements(backward(precision), gateUp.size, { buffers: { dy, gateUp, dgateUp, y }, numbers: { width: dy.shape.at(-1)! } })
  return { dgateUp: { tensor: dgateUp, precision }, activation: { tensor: y, precision } }
}
