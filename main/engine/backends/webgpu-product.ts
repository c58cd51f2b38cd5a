import type { Tensor } from '@tensorflow/tfjs-core'
import type { Precision } from '../../shared/train-config.ts'
import { dispatch, outputTensor } from './webgpu-dispatch.ts'
import { reads, shader, variants, writes } from './webgpu-shader.ts'

/** Rows and columns of the result that a workgroup computes, and terms of each that are in workgroup memory at a time. */
const [TILE, DEPTH] = [64, 16]
/** Threads, in a square; each computes a square of the tile. */
const SIDE = 16
const EACH = TILE / SIDE

/**
 * Statements that load `DEPTH` terms of 64 rows of the left or columns of the right factor, four neighbors in memory a thread. `along`: whether
 * a row's terms are neighbors in memory.
 */
const load = (name: 'a' | 'b', along: boolean, origin: string, limit: string): string => `
    for (var e = 0u; e < 4; e++) {
      let line = ${along ? `thread / 4` : `(thread % 16) * 4 + e`};
      let term = ${along ? `(thread % 4) * 4 + e` : `thread / 16`};
      let k = base + term;
      var x = 0.0;
      if (${origin} + line < ${limit} && k < numbers.K) {
        x = ${name}_at(${along ? `(${origin} + line) * numbers.K + k` : `k * ${limit} + ${origin} + line`});
      }
      ${name}_tile[term * ${TILE} + line] = x;
    }`

const multiply = variants((transposeA: boolean, transposeB: boolean, precision: Precision, result: Precision) =>
  shader({
    name: 'product',
    buffers: { a: reads(precision), b: reads(precision), y: writes(result) },
    numbers: { M: 'u32', N: 'u32', K: 'u32' },
    threads: SIDE * SIDE,
    declarations: `
var<workgroup> a_tile: array<f32, ${DEPTH * TILE}>;
var<workgroup> b_tile: array<f32, ${DEPTH * TILE}>;`,
    body: `
  let across = (numbers.N + ${TILE - 1}) / ${TILE};
  let row = (group / across) * ${TILE};
  let column = (group % across) * ${TILE};
  if (row >= numbers.M) { return; }
  let r = (thread / ${SIDE}) * ${EACH};
  let c = (thread % ${SIDE}) * ${EACH};
  var sums: array<vec4f, ${EACH}>;
  for (var base = 0u; base < numbers.K; base += ${DEPTH}) {
    ${load('a', !transposeA, 'row', 'numbers.M')}
    ${load('b', transposeB, 'column', 'numbers.N')}
    workgroupBarrier();
    for (var k = 0u; k < ${DEPTH}; k++) {
      let at = k * ${TILE} + c;
      let right = vec4f(b_tile[at], b_tile[at + 1], b_tile[at + 2], b_tile[at + 3]);
      for (var i = 0u; i < ${EACH}; i++) { sums[i] += a_tile[k * ${TILE} + r + i] * right; }
    }
    workgroupBarrier(); // before the next terms are loaded
  }
  for (var i = 0u; i < ${EACH} && row + r + i < numbers.M; i++) {
    for (var j = 0u; j < ${EACH} && column + c + j < numbers.N; j += 2) {
      y_put((row + r + i) * numbers.N + column + c + j, sums[i][j], sums[i][j + 1], column + c + j + 1 < numbers.N);
    }
  }`,
  }),
)

/**
 * `a b` of two matrices, either of them transposed: sums in float32, always in the same order, rounded once to `result`. In bfloat16 the
 * result's width must be even.
 */
export function wgslProduct(
  a: Tensor,
  b: Tensor,
  transposeA: boolean,
  transposeB: boolean,
  precision: Precision,
  result: Precision,
): Tensor {
  const [M, K] = transposeA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!]
  const N = transposeB ? b.shape[0]! : b.shape[1]!
  const y = outputTensor([M, N], result)
  dispatch(multiply(transposeA, transposeB, precision, result), {
    buffers: { a, b, y },
    numbers: { M, N, K },
    groups: Math.ceil(M / TILE) * Math.ceil(N / TILE),
  })
  return y
}
