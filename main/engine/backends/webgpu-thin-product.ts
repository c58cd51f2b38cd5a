import type { Precision } from '../../shared/train-config.ts'
import { upTo } from './webgpu-product-terms.ts'
import { reads, shader, variants, writes } from './webgpu-shader.ts'

/** Rows up to which reading the weights takes longer than multiplying them. */
export const THIN_ROWS = 8

/** Columns of the result that a workgroup computes, and threads that share the terms of each. */
export const THIN_COLUMNS = 16
const LANES = 16
const THREADS = THIN_COLUMNS * LANES

/**
 * At most `THIN_ROWS` rows times a transposed matrix, as when few sequences are decoded: each weight is read once, by neighboring threads
 * next to each other, where tiles would be mostly empty.
 */
export const thinProduct = variants((precision: Precision, result: Precision) => {
  const rows = upTo(THIN_ROWS)
  return shader({
    name: 'thin-product',
    buffers: { a: reads(precision), b: reads(precision), y: writes(result) },
    numbers: { M: 'u32', N: 'u32', K: 'u32' },
    threads: THREADS,
    declarations: `var<workgroup> partial: array<f32, ${THIN_ROWS * THREADS}>;`,
    body: `
  let column = group * ${THIN_COLUMNS} + thread / ${LANES};
  ${rows.map((row) => `var sum_${row} = 0.0;`).join(' ')}
  if (column < numbers.N) {
    for (var k = thread % ${LANES} * 2; k < numbers.K; k += ${2 * LANES}) {
      let next = min(k + 1, numbers.K - 1);
      let at = column * numbers.K;
      let w = vec2f(b_at(at + k), select(0.0, b_at(at + next), next > k));
      ${rows.map((row) => `if (${row} < numbers.M) { sum_${row} += a_at(${row} * numbers.K + k) * w.x + a_at(${row} * numbers.K + next) * w.y; }`).join('\n      ')}
    }
  }
  ${rows.map((row) => `partial[${row * THREADS} + thread] = sum_${row};`).join('\n  ')}
  workgroupBarrier();
  for (var pair = thread; pair < numbers.M * ${THIN_COLUMNS / 2}; pair += ${THREADS}) {
    let row = pair / ${THIN_COLUMNS / 2};
    let first = pair % ${THIN_COLUMNS / 2} * 2;
    var sums = vec2f();
    for (var lane = 0u; lane < ${LANES}; lane++) {
      let at = row * ${THREADS} + first * ${LANES} + lane;
      sums += vec2f(partial[at], partial[at + ${LANES}]);
    }
    let n = group * ${THIN_COLUMNS} + first;
    if (n < numbers.N) { y_put(row * numbers.N + n, sums.x, sums.y, n + 1 < numbers.N); }
  }`,
  })
})
