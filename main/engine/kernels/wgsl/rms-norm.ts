import type { Tensor } from '@tensorflow/tfjs-core'
import type { Precision } from '../../../shared/train-config.ts'
import { inPrecision, type Operand, operand } from '../../backends/operand.ts'
import { dispatch, groupsFor, outputTensor } from '../../backends/webgpu-dispatch.ts'
import { writable } from '../../backends/webgpu-halves.ts'
import { changes, reads, shader, sumOverThreads, variants, writes } from '../../backends/webgpu-shader.ts'
import type { Normed, NormGradients } from '../rms-norm.ts'

const THREADS = 128 // of a row

/** A workgroup per row. Each thread reads back only what it wrote itself. */
const forward = variants((hasBranch: boolean, given: Precision, precision: Precision) =>
  shader({
    name: 'rms-norm',
    buffers: {
      ...(hasBranch ? { x: reads(), branch: reads(given), sum: changes() } : { sum: reads() }),
      ...{ weight: reads(), y: writes(precision), r: writes() },
    },
    numbers: { rows: 'u32', width: 'u32', epsilon: 'f32' },
    threads: THREADS,
    declarations: sumOverThreads(THREADS),
    body: `
  if (group >= numbers.rows) { return; }
  let first = group * numbers.width;
  var squares = 0.0;
  for (var c = 2 * thread; c < numbers.width; c += ${2 * THREADS}) {
    let isPair = c + 1 < numbers.width;
    ${hasBranch ? 'sum_put(first + c, x_at(first + c) + branch_at(first + c), x_at(first + c + 1) + branch_at(first + c + 1), isPair);' : ''}
    let a = sum_at(first + c);
    let b = select(0.0, sum_at(first + c + 1), isPair);
    squares += a * a + b * b;
  }
  let scale = 1.0 / sqrt(total(squares, thread) / f32(numbers.width) + numbers.epsilon);
  if (thread == 0) { r_put(group, scale, 0, false); }
  for (var c = 2 * thread; c < numbers.width; c += ${2 * THREADS}) {
    let a = sum_at(first + c) * scale * weight_at(c);
    y_put(first + c, a, sum_at(first + c + 1) * scale * weight_at(c + 1), c + 1 < numbers.width);
  }`,
  }),
)

export function wgslAddRmsNorm(x: Tensor, branch: Operand | null, weight: Tensor, epsilon: number, precision: Precision): Normed {
  const [rows, width] = rowsOf(x)
  const sum = branch ? outputTensor(x.shape) : x
  const written = writable(precision, width)
  const [y, r] = [outputTensor(x.shape, written), outputTensor([...x.shape.slice(0, -1), 1])]
  const buffers = { sum, weight, y, r, ...(branch && { x, branch: branch.tensor }) }
  dispatch(forward(branch !== null, branch?.precision ?? 'float32', written), { buffers, numbers: { rows, width, epsilon }, groups: rows })
  return { sum, y: inPrecision({ tensor: y, precision: written }, precision), r }
}

/** A workgroup per row. */
const inputGradient = variants((hasResidual: boolean, precision: Precision, rounds: boolean) =>
  shader({
    name: 'rms-norm-backward',
    buffers: {
      ...{ dy: reads(precision), x: reads(), r: reads(), weight: reads(), dx: writes() },
      ...(hasResidual && { residual: reads() }),
      ...(rounds && { rounded: writes(precision) }),
    },
    numbers: { rows: 'u32', width: 'u32' },
    threads: THREADS,
    declarations: `${sumOverThreads(THREADS)}
fn through(i: u32, c: u32, scale: f32, mean: f32) -> f32 {
  return (dy_at(i) * weight_at(c) - x_at(i) * scale * mean) * scale${hasResidual ? ' + residual_at(i)' : ''};
}`,
    body: `
  if (group >= numbers.rows) { return; }
  let first = group * numbers.width;
  let scale = r_at(group);
  var products = 0.0;
  for (var c = thread; c < numbers.width; c += ${THREADS}) {
    products += dy_at(first + c) * weight_at(c) * (x_at(first + c) * scale);
  }
  let mean = total(products, thread) / f32(numbers.width);
  for (var c = 2 * thread; c < numbers.width; c += ${2 * THREADS}) {
    let isPair = c + 1 < numbers.width;
    let a = through(first + c, c, scale, mean);
    let b = through(first + c + 1, c + 1, scale, mean);
    dx_put(first + c, a, b, isPair);
    ${rounds ? 'rounded_put(first + c, a, b, isPair);' : ''}
  }`,
  }),
)

/** Columns and rows that a workgroup sums at the same time. */
const TILE = 16

/** A workgroup per 16 columns: 16 threads a column, each over every 16th row; their sums are added in order. */
const weightGradient = variants((precision: Precision) =>
  shader({
    name: 'rms-norm-weight-gradient',
    buffers: { dy: reads(precision), x: reads(), r: reads(), dw: writes() },
    numbers: { rows: 'u32', width: 'u32' },
    threads: TILE * TILE,
    declarations: `var<workgroup> sums: array<f32, ${TILE * TILE}>;`,
    body: `
  let c = group * ${TILE} + thread % ${TILE};
  var sum = 0.0;
  if (c < numbers.width) {
    for (var n = thread / ${TILE}; n < numbers.rows; n += ${TILE}) {
      sum += dy_at(n * numbers.width + c) * (x_at(n * numbers.width + c) * r_at(n));
    }
  }
  sums[thread] = sum;
  workgroupBarrier();
  if (thread < ${TILE} && c < numbers.width) {
    var all = 0.0;
    for (var piece = 0u; piece < ${TILE}; piece++) { all += sums[piece * ${TILE} + thread]; }
    dw_put(c, all, 0, false);
  }`,
  }),
)

export function wgslRmsNormBackward(dy: Operand, x: Tensor, r: Tensor, weight: Tensor, residual: Tensor | null): NormGradients {
  const { precision } = dy
  const [rows, width] = rowsOf(x)
  const dx = outputTensor(x.shape)
  const rounds = writable(precision, width) === 'bfloat16'
  const rounded = rounds ? outputTensor(x.shape, precision) : dx
  const dw = outputTensor([width])
  const buffers = { dy: dy.tensor, x, r, weight, dx, rounded, ...(residual && { residual }) }
  dispatch(inputGradient(residual !== null, precision, rounds), { buffers, numbers: { rows, width }, groups: rows })
  dispatch(weightGradient(precision), { buffers: { dy: dy.tensor, x, r, dw }, numbers: { rows, width }, groups: groupsFor(width, TILE) })
  return { dx, rounded: rounds ? { tensor: rounded, precision } : operand(dx, precision), dw }
}

/** Rows and their width; all leading axes count as rows. */
function rowsOf({ shape, size }: Tensor): [rows: number, width: number] {
  const width = shape.at(-1)!
  return [size / width, width]
}
