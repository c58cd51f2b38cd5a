import type { Tensor } from '@tensorflow/tfjs-core'
import type { Precision } from '../../shared/train-config.ts'
import { dispatch, outputTensor, subgroupMatrix, workgroupMemory } from './webgpu-dispatch.ts'
import { termFunction, upTo } from './webgpu-product-terms.ts'
import { reads, shader, variants, writes } from './webgpu-shader.ts'
import { SUBGROUP_TILE, subgroupProduct } from './webgpu-subgroup-product.ts'
import { THIN_COLUMNS, THIN_ROWS, thinProduct } from './webgpu-thin-product.ts'

/** Terms of each row and column that are in workgroup memory at a time. */
const DEPTH = 16

/** Rows and columns of the result that a workgroup computes, and a thread. Larger tiles read memory less often. */
const tilings = [
  { tile: 128, each: 8 },
  { tile: 64, each: 4 },
  { tile: 32, each: 4 },
] as const
type Tiling = (typeof tilings)[number]

/** Workgroups that keep a large GPU busy. Where a tile makes fewer, a smaller one is taken. */
const ENOUGH_GROUPS = 128

/** vec4s from one term of a tile to the next: one more than it has, so that threads that store neighboring terms use different memory banks. */
const strideOf = (tile: number): number => tile / 4 + 1

const memoryOf = ({ tile }: Tiling): number => 2 * DEPTH * strideOf(tile) * 16

/** Load `DEPTH` terms of each line of a tile, four lines of a term in one step. `along`: whether a line's terms are neighbors in memory. */
function loadTile(name: 'a' | 'b', along: boolean, { tile, each }: Tiling): string {
  const [quads, threads] = [tile / 4, (tile / each) ** 2]
  const [term, quad] = along ? [`i % ${DEPTH}`, `i / ${DEPTH}`] : [`i / ${quads}`, `i % ${quads}`]
  return `
    for (var i = thread; i < ${DEPTH * quads}; i += ${threads}) {
      let k = base + ${term};
      let line = ${name}_start + (${quad}) * 4;
      ${name}_tile[(${term}) * ${strideOf(tile)} + ${quad}] = vec4f(${upTo(4).map((e) => `${name}_term(batch, line + ${e}, k)`)});
    }`
}

/**
 * Products of matrices as tiles, each by a workgroup. A thread computes blocks of 4 x 4 values, as far apart as the workgroup's threads in a
 * row, so that neighboring threads read neighboring vec4s. All loops over blocks are written out, because arrays that are indexed by
 * variables may not stay in registers.
 */
const tileProduct = variants((transposeA: boolean, transposeB: boolean, precision: Precision, result: Precision, chosen: number) => {
  const { tile, each } = tilings[chosen]
  const side = tile / each
  const blocks = upTo(each / 4)
  const rows = upTo(each)
  const read = (name: 'a' | 'b', at: string): string =>
    blocks.map((i) => `let ${name}${i} = ${name}_tile[k * ${strideOf(tile)} + ${at} + ${i * side}];`).join(' ')
  const multiply = rows.flatMap((row) => blocks.map((j) => `sum_${row}_${j} += a${Math.floor(row / 4)}[${row % 4}] * b${j};`))
  const put = rows.flatMap((row) =>
    blocks.map(
      (j) =>
        `put_row(a_start + (r + ${Math.floor(row / 4) * side}) * 4 + ${row % 4}, b_start + (c + ${j * side}) * 4, batch, sum_${row}_${j});`,
    ),
  )
  return shader({
    name: 'product',
    buffers: { a: reads(precision), b: reads(precision), y: writes(result) },
    numbers: { Z: 'u32', M: 'u32', N: 'u32', K: 'u32' },
    threads: side * side,
    declarations: `
var<workgroup> a_tile: array<vec4f, ${DEPTH * strideOf(tile)}>;
var<workgroup> b_tile: array<vec4f, ${DEPTH * strideOf(tile)}>;
${termFunction('a', 'M', !transposeA)}
${termFunction('b', 'N', transposeB)}
fn put_row(row: u32, column: u32, batch: u32, sums: vec4f) {
  if (row >= numbers.M || column >= numbers.N) { return; }
  let at = (batch * numbers.M + row) * numbers.N + column;
  y_put(at, sums.x, sums.y, column + 1 < numbers.N);
  if (column + 2 < numbers.N) { y_put(at + 2, sums.z, sums.w, column + 3 < numbers.N); }
}`,
    body: `
  let down = (numbers.M + ${tile - 1}) / ${tile};
  let across = (numbers.N + ${tile - 1}) / ${tile};
  let batch = group / (down * across);
  if (batch >= numbers.Z) { return; }
  let a_start = (group / across) % down * ${tile};
  let b_start = (group % across) * ${tile};
  let r = thread / ${side};
  let c = thread % ${side};
  ${rows.flatMap((row) => blocks.map((j) => `var sum_${row}_${j} = vec4f();`)).join('\n  ')}
  for (var base = 0u; base < numbers.K; base += ${DEPTH}) {
    ${loadTile('a', !transposeA, tilings[chosen])}
    ${loadTile('b', transposeB, tilings[chosen])}
    workgroupBarrier();
    for (var k = 0u; k < ${DEPTH}; k++) {
      ${read('a', 'r')}
      ${read('b', 'c')}
      ${multiply.join('\n      ')}
    }
    workgroupBarrier(); // before the next terms are loaded
  }
  ${put.join('\n  ')}`,
  })
})

interface Factors {
  readonly a: Tensor
  readonly b: Tensor
  readonly transposeA: boolean
  readonly transposeB: boolean
  /** Of both factors. */
  readonly precision: Precision
}

/**
 * `a b` of two matrices, either of them transposed, or of as many as the leading axis has: sums in float32, always in the same order, rounded
 * once to `result`. In bfloat16 the result's width must be even.
 */
export function wgslProduct({ a, b, transposeA, transposeB, precision }: Factors, result: Precision): Tensor {
  const [down, across] = a.shape.slice(-2) as [number, number]
  const [M, K] = transposeA ? [across, down] : [down, across]
  const N = b.shape.at(transposeB ? -2 : -1)!
  const [Z = 1] = a.shape.slice(0, -2)
  const y = outputTensor([...a.shape.slice(0, -2), M, N], result)
  const inputs = { buffers: { a, b, y }, numbers: { Z, M, N, K } }
  const tilesOf = (tile: number): number => Z * Math.ceil(M / tile) * Math.ceil(N / tile)
  const matrix = subgroupMatrix()
  if (M <= THIN_ROWS && Z === 1 && transposeB && !transposeA) {
    dispatch(thinProduct(precision, result), { ...inputs, groups: Math.ceil(N / THIN_COLUMNS) })
  } else if (matrix && precision === 'bfloat16' && Z === 1) {
    const { M: m, N: n, K: k, threads } = matrix
    dispatch(subgroupProduct(transposeA, transposeB, result, m, n, k, threads), { ...inputs, groups: tilesOf(SUBGROUP_TILE) })
  } else {
    const fits = (tiling: Tiling): boolean => memoryOf(tiling) <= workgroupMemory() && tilesOf(tiling.tile) >= ENOUGH_GROUPS
    const chosen = tilings.findIndex((tiling, i) => i === tilings.length - 1 || fits(tiling))
    dispatch(tileProduct(transposeA, transposeB, precision, result, chosen), { ...inputs, groups: tilesOf(tilings[chosen].tile) })
  }
  return y
}
