import type { Precision } from '../../shared/train-config.ts'
import { termFunction, upTo } from './webgpu-product-terms.ts'
import { reads, shader, variants, writes } from './webgpu-shader.ts'

/** A product that an adapter's matrix units compute: [M, K] x [K, N] of float16, summed in float32, by the threads of a subgroup together. */
export interface SubgroupMatrix {
  readonly M: number
  readonly N: number
  readonly K: number
  /** Threads of every subgroup. */
  readonly threads: number
}

/** Rows and columns of the result that a workgroup computes; each of its four subgroups computes a quarter. */
export const SUBGROUP_TILE = 64
const SUBGROUPS = 4
const QUARTER = SUBGROUP_TILE / 2
/** Terms of each row and column that are in workgroup memory at a time. */
const DEPTH = 32

type MatrixInfo = Pick<GPUAdapterInfo, 'subgroupMinSize' | 'subgroupMaxSize'> & {
  readonly subgroupMatrixConfigs?: readonly Readonly<Record<string, string | number>>[]
}

/** Bytes of workgroup memory: two tiles of float16, half of a tile of sums, and two words per subgroup. */
const MEMORY = 2 * 2 * SUBGROUP_TILE * DEPTH + 4 * QUARTER * SUBGROUP_TILE + 8 * SUBGROUPS

interface MatrixAdapter {
  readonly info: MatrixInfo
  readonly features: ReadonlySet<string>
  readonly limits: Pick<GPUSupportedLimits, 'maxComputeWorkgroupStorageSize' | 'maxComputeInvocationsPerWorkgroup'>
}

/** What products can use of an adapter's or a device's matrix units, the largest; null if nothing. */
export function usableMatrix({ info, features, limits }: MatrixAdapter): SubgroupMatrix | null {
  const { subgroupMinSize: threads = 0, subgroupMaxSize, subgroupMatrixConfigs = [] } = info
  if (!features.has('chromium-experimental-subgroup-matrix') || !features.has('shader-f16')) return null
  if (threads !== subgroupMaxSize) return null // the number of subgroups in a workgroup must be known
  if (limits.maxComputeWorkgroupStorageSize < MEMORY || limits.maxComputeInvocationsPerWorkgroup < SUBGROUPS * threads) return null
  const divides = (n: number, whole: number): boolean => whole % n === 0
  const usable = [...subgroupMatrixConfigs]
    .filter(({ componentType, resultComponentType }) => componentType === 'f16' && resultComponentType === 'f32')
    .map(({ M, N, K }) => ({ M: Number(M), N: Number(N), K: Number(K), threads }))
    .filter(({ M, N, K }) => divides(M, QUARTER) && divides(N, QUARTER) && divides(K, DEPTH))
  return usable.toSorted((a, b) => b.M * b.N * b.K - a.M * a.N * a.K)[0] ?? null
}

/**
 * Products of bfloat16 matrices by matrix units, which multiply float16. That has more digits but a smaller range, so the terms are scaled
 * by a power of two into it: each factor's scale follows its largest term so far, and the sums are rescaled whenever that grows, as in a
 * running softmax. Only terms below 2^-39 of the largest become 0.
 */
export const subgroupProduct = variants(
  (transposeA: boolean, transposeB: boolean, result: Precision, M: number, N: number, K: number, threads: number) => {
    const all = SUBGROUPS * threads
    const each = (SUBGROUP_TILE * DEPTH) / all
    const [down, across] = [upTo(QUARTER / M), upTo(QUARTER / N)]
    const blocks = down.flatMap((i) => across.map((j) => ({ i, j, sum: `sum_${i}_${j}` })))
    const stores = blocks.map(
      ({ i, j, sum }) =>
        `subgroupMatrixStore<row_major>(&y_half, ${i * M * SUBGROUP_TILE} + b_quarter + ${j * N}, ${sum}, ${SUBGROUP_TILE});`,
    )
    return shader({
      name: 'subgroup-product',
      extensions: ['f16', 'subgroups', 'chromium_experimental_subgroup_matrix'],
      buffers: { a: reads('bfloat16'), b: reads('bfloat16'), y: writes(result) },
      numbers: { M: 'u32', N: 'u32', K: 'u32' },
      threads: all,
      declarations: `
var<workgroup> a_tile: array<f16, ${SUBGROUP_TILE * DEPTH}>; // [line, term]
var<workgroup> b_tile: array<f16, ${SUBGROUP_TILE * DEPTH}>;
var<workgroup> y_half: array<f32, ${QUARTER * SUBGROUP_TILE}>;
var<workgroup> largest_terms: array<vec2u, ${SUBGROUPS}>;
${termFunction('a', 'M', !transposeA)}
${termFunction('b', 'N', transposeB)}
/** 2^(e - 127), 0 below the range. */
fn power_of_two(e: vec2i) -> vec2f { return bitcast<vec2f>(vec2u(clamp(e, vec2i(0), vec2i(254))) << vec2u(23)); }`,
      body: `
  let across = (numbers.N + ${SUBGROUP_TILE - 1}) / ${SUBGROUP_TILE};
  let a_start = (group / across) * ${SUBGROUP_TILE};
  if (a_start >= numbers.M) { return; }
  let b_start = (group % across) * ${SUBGROUP_TILE};
  let a_quarter = (subgroup / 2) * ${QUARTER};
  let b_quarter = (subgroup % 2) * ${QUARTER};
  var exponents = vec2i(16); // of the largest terms so far, biased; from 16, so that scales and their inverses are normal numbers
  ${blocks.map(({ sum }) => `var ${sum} = subgroup_matrix_result<f32, ${N}, ${M}>();`).join('\n  ')}
  for (var base = 0u; base < numbers.K; base += ${DEPTH}) {
    var a_terms: array<f32, ${each}>;
    var b_terms: array<f32, ${each}>;
    var largest = vec2u();
    for (var e = 0u; e < ${each}; e++) {
      let i = e * ${all} + thread;
      a_terms[e] = ${termOf('a', !transposeA)};
      b_terms[e] = ${termOf('b', transposeB)};
      largest = max(largest, bitcast<vec2u>(vec2f(a_terms[e], b_terms[e])) & vec2u(0x7fffffff));
    }
    largest = subgroupMax(largest);
    if (subgroupElect()) { largest_terms[subgroup] = largest; }
    let found = workgroupUniformLoad(&largest_terms);
    let before = exponents;
    for (var i = 0u; i < ${SUBGROUPS}; i++) { exponents = max(exponents, vec2i(found[i] >> vec2u(23))); }
    exponents = min(exponents, vec2i(254)); // infinities stay infinite
    let rescale = power_of_two(127 + before - exponents);
    ${blocks.map(({ sum }) => `${sum} = subgroupMatrixScalarMultiply(subgroupMatrixScalarMultiply(${sum}, rescale.x), rescale.y);`).join('\n    ')}
    let scale = power_of_two(269 - exponents); // the largest term is below 2^16
    for (var e = 0u; e < ${each}; e++) {
      let i = e * ${all} + thread;
      a_tile[${placeOf(!transposeA)}] = f16(a_terms[e] * scale.x);
      b_tile[${placeOf(transposeB)}] = f16(b_terms[e] * scale.y);
    }
    workgroupBarrier();
    for (var k = 0u; k < ${DEPTH}; k += ${K}) {
      ${down.map((i) => `let a${i} = subgroupMatrixLoad<subgroup_matrix_left<f16, ${K}, ${M}>, row_major>(&a_tile, (a_quarter + ${i * M}) * ${DEPTH} + k, ${DEPTH});`).join('\n      ')}
      ${across.map((j) => `let b${j} = subgroupMatrixLoad<subgroup_matrix_right<f16, ${N}, ${K}>, col_major>(&b_tile, (b_quarter + ${j * N}) * ${DEPTH} + k, ${DEPTH});`).join('\n      ')}
      ${blocks.map(({ i, j, sum }) => `${sum} = subgroupMatrixMultiplyAccumulate(a${i}, b${j}, ${sum});`).join('\n      ')}
    }
  }
  let inverse = power_of_two(exponents - 15);
  for (var half = 0u; half < ${SUBGROUPS}; half += 2) { // of the tile, in memory for one
    if (subgroup == half || subgroup == half + 1) {
      ${stores.join('\n      ')}
    }
    workgroupBarrier();
    for (var i = thread * 2; i < ${QUARTER * SUBGROUP_TILE}; i += ${2 * all}) {
      let row = a_start + half / 2 * ${QUARTER} + i / ${SUBGROUP_TILE};
      let column = b_start + i % ${SUBGROUP_TILE};
      if (row < numbers.M && column < numbers.N) {
        let values = vec2f(y_half[i], y_half[i + 1]) * inverse.x * inverse.y;
        y_put(row * numbers.N + column, values.x, values.y, column + 1 < numbers.N);
      }
    }
    workgroupBarrier(); // before the second half is stored
  }`,
    })
  },
)

/** Where term `i` of a tile is in memory: threads read neighboring numbers, whichever way the matrix lies. */
const lineAndTerm = (along: boolean): readonly [string, string] =>
  along ? [`i / ${DEPTH}`, `i % ${DEPTH}`] : [`i % ${SUBGROUP_TILE}`, `i / ${SUBGROUP_TILE}`]

const placeOf = (along: boolean): string => {
  const [line, term] = lineAndTerm(along)
  return `(${line}) * ${DEPTH} + ${term}`
}

const termOf = (name: 'a' | 'b', along: boolean): string => {
  const [line, term] = lineAndTerm(along)
  return `${name}_term(0, ${name}_start + ${line}, base + ${term})`
}
