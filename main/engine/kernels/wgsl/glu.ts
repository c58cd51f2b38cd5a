import type { Precision } from '../../../shared/train-config.ts'
import type { Operand } from '../../backends/operand.ts'
import { outputTensor } from '../../backends/webgpu-dispatch.ts'
import { dispatchElements, elementwise } from '../../backends/webgpu-elementwise.ts'
import { reads, variants, writes } from '../../backends/webgpu-shader.ts'
import type { GluGradients } from '../glu.ts'

type Glu = 'swiglu' | 'geglu'

/** A gate is `g sigmoid(inner(g))`; `slope` is the derivative of `inner`. Formulas are in `swiglu.ts` and `geglu.ts`. */
const gates: Readonly<Record<Glu, string>> = {
  swiglu: `
fn inner(g: f32) -> f32 { return g; }
fn slope_of(g: f32) -> f32 { return 1.0; }`,
  geglu: `
fn inner(g: f32) -> f32 { return 1.5957691216 * (g + 0.044715 * g * g * g); }
fn slope_of(g: f32) -> f32 { return 1.5957691216 * (1.0 + 0.134145 * g * g); }`,
}

/** `activated(i)`: the gate times up, for place i of [N, F]. `exp` overflows to infinity, and 1 / infinity is the sigmoid's 0. */
const activation = (glu: Glu) => `
fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(-x)); }${gates[glu]}
fn activated(i: u32) -> f32 {
  let at = i + (i / numbers.width) * numbers.width; // of the gate
  let gate = gateUp_at(at);
  return gate * sigmoid(inner(gate)) * gateUp_at(at + numbers.width);
}`

const forward = variants((glu: Glu, precision: Precision) =>
  elementwise({
    name: glu,
    buffers: { gateUp: reads(precision), y: writes(precision) },
    numbers: { width: 'u32' },
    value: `${activation(glu)}\nfn value(i: u32) -> f32 { return activated(i); }`,
    output: 'y',
  }),
)

const wgslGlu =
  (glu: Glu) =>
  ({ tensor: gateUp, precision }: Operand): Operand => {
    const [N, both] = gateUp.shape
    const y = outputTensor([N, both / 2], precision)
    dispatchElements(forward(glu, precision), y.size, { buffers: { gateUp, y }, numbers: { width: both / 2 } })
    return { tensor: y, precision }
  }
export const [wgslSwiglu, wgslGeglu] = [wgslGlu('swiglu'), wgslGlu('geglu')]

/** Over the places of dgateUp [N, 2F]; the first half of the threads also recomputes the activation [N, F]. */
const backward = variants((glu: Glu, precision: Precision) =>
  elementwise({
    name: `${glu}-backward`,
    buffers: { dy: reads(precision), gateUp: reads(precision), dgateUp: writes(precision), y: writes(precision) },
    numbers: { width: 'u32' },
    value: `${activation(glu)}
fn value(i: u32) -> f32 {
  let c = i % (2 * numbers.width);
  let isUp = c >= numbers.width;
  let at = select(i, i - numbers.width, isUp); // of the gate
  let n = i / (2 * numbers.width);
  let slope = dy_at(n * numbers.width + select(c, c - numbers.width, isUp));
  let gate = gateUp_at(at);
  let s = sigmoid(inner(gate));
  if (isUp) { return slope * gate * s; }
  return slope * gateUp_at(at + numbers.width) * (s + (gate * s - gate * s * s) * slope_of(gate));
}`,
    output: 'dgateUp',
    also: 'if (i < numbers.size / 2) { y_put(i, activated(i), activated(i + 1), i + 1 < numbers.size / 2); }',
  }),
)

const wgslGluBackward =
  (glu: Glu) =>
  ({ tensor: dy }: Operand, { tensor: gateUp, precision }: Operand): GluGradients => {
    const [dgateUp, y] = [outputTensor(gateUp.shape, precision), outputTensor(dy.shape, precision)]
    dispatchElements(backward(glu, precision), gateUp.size, { buffers: { dy, gateUp, dgateUp, y }, numbers: { width: dy.shape.at(-1)! } })
    return { dgateUp: { tensor: dgateUp, precision }, activation: { tensor: y, precision } }
  }
export const [wgslSwigluBackward, wgslGegluBackward] = [wgslGluBackward('swiglu'), wgslGluBackward('geglu')]
