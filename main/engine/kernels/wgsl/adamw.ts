import type { Tensor } from '@tensorflow/tfjs-core'
import type { Precision } from '../../../shared/train-config.ts'
import type { Operand } from '../../backends/operand.ts'
import { dispatch, outputTensor } from '../../backends/webgpu-dispatch.ts'
import { dispatchElements, elementwise } from '../../backends/webgpu-elementwise.ts'
import { changes, reads, shader, sumOverThreads, variants, writes } from '../../backends/webgpu-shader.ts'
import type { AdamWScalars, Moments } from '../adamw.ts'

/** Everything in place. The scalars are in `AdamWScalars`' order. */
const update = variants((precision: Precision, rounds: boolean) =>
  elementwise({
    name: 'adamw',
    buffers: {
      ...{ weights: changes(), m: changes(), v: changes(), gradient: reads(precision), scalars: reads() },
      ...(rounds && { rounded: writes('bfloat16') }),
    },
    value: `
fn mean_of(i: u32) -> f32 { return m_at(i) * scalars[1] + gradient_at(i) * scalars[0] * scalars[2]; }
fn square_of(i: u32) -> f32 {
  let g = gradient_at(i) * scalars[0];
  return v_at(i) * scalars[3] + g * g * scalars[4];
}
fn value(i: u32) -> f32 {
  return weights_at(i) * scalars[7] - mean_of(i) / (sqrt(square_of(i)) * scalars[5] + scalars[6]) * scalars[8];
}`,
    output: 'weights', // before the means, from which it is computed
    also: `
  ${rounds ? 'rounded_put(i, weights_at(i), weights_at(i + 1), isPair);' : ''}
  let means = vec2f(mean_of(i), mean_of(i + 1));
  let squares = vec2f(square_of(i), square_of(i + 1));
  m_put(i, means[0], means[1], isPair);
  v_put(i, squares[0], squares[1], isPair);`,
  }),
)

export function wgslAdamw(value: Tensor, rounded: Operand | null, gradient: Operand, { m, v }: Moments, scalars: AdamWScalars) {
  const rounds = rounded?.precision === 'bfloat16'
  const buffers = { weights: value, m, v, gradient: gradient.tensor, scalars: scalars.packed, ...(rounds && { rounded: rounded.tensor }) }
  dispatchElements(update(gradient.precision, rounds), value.size, { buffers })
  return { value, moments: { m, v } }
}

const THREADS = 256
/** Pieces of each tensor, summed by a workgroup each. A fixed number, so that the sum's order depends only on the size. */
const PIECES = 64

const pieceSquares = variants((precision: Precision) =>
  shader({
    name: 'piece-squares',
    buffers: { x: reads(precision), sums: writes() },
    numbers: { size: 'u32', first: 'u32' },
    threads: THREADS,
    declarations: sumOverThreads(THREADS),
    body: `
  var squares = 0.0;
  for (var i = group * ${THREADS} + thread; i < numbers.size; i += ${PIECES * THREADS}) { squares += x_at(i) * x_at(i); }
  let sum = total(squares, thread);
  if (thread == 0) { sums_put(numbers.first + group, sum, 0, false); }`,
  }),
)

const sumOfAll = shader({
  name: 'sum-of-all',
  buffers: { sums: reads(), all: writes() },
  numbers: { count: 'u32' },
  threads: THREADS,
  declarations: sumOverThreads(THREADS),
  body: `
  var sum = 0.0;
  for (var i = thread; i < numbers.count; i += ${THREADS}) { sum += sums_at(i); }
  let all_of_them = total(sum, thread);
  if (thread == 0) { all_put(0, all_of_them, 0, false); }`,
})

/** The sum of squares of all values of all tensors, a scalar. */
export function wgslSquaredNorms(tensors: readonly Operand[]): Tensor {
  const sums = outputTensor([tensors.length * PIECES])
  tensors.forEach(({ tensor: x, precision }, i) => {
    dispatch(pieceSquares(precision), { buffers: { x, sums }, numbers: { size: x.size, first: i * PIECES }, groups: PIECES })
  })
  const all = outputTensor([])
  dispatch(sumOfAll, { buffers: { sums, all }, numbers: { count: sums.size }, groups: 1 })
  sums.dispose()
  return all
}
