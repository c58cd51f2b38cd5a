import type { SubgroupMatrix } from '../../main/engine/backends/webgpu-subgroup-product.ts'
import { webgpuBackend } from './software-adapter.ts'

/** Side of the emulated matrices. */
const SIDE = 16

/**
 * Let the current software adapter, which has no matrix units, run the shader that uses them: every thread of a subgroup computes the whole
 * matrix itself, in float32, from numbers rounded to float16. `mistake` changes the shader's text. Returns what the units look like.
 */
export function emulateMatrixUnits(mistake = (code: string): string => code): SubgroupMatrix {
  const { device } = webgpuBackend()
  const create = device.createShaderModule.bind(device)
  device.createShaderModule = (descriptor) =>
    create(descriptor.label === 'subgroup-product' ? { ...descriptor, code: emulated(mistake(descriptor.code)) } : descriptor)
  return { M: SIDE, N: SIDE, K: SIDE, threads: device.adapterInfo.subgroupMinSize! }
}

function emulated(code: string): string {
  const replaced = code
    .replace('enable f16;\n', '')
    .replace('enable chromium_experimental_subgroup_matrix;\n', '')
    .replaceAll('array<f16,', 'array<f32,')
    .replaceAll(' f16(', ' quantizeToF16(')
    .replaceAll(`subgroup_matrix_result<f32, ${SIDE}, ${SIDE}>()`, 'Matrix()')
    .replaceAll(`subgroupMatrixLoad<subgroup_matrix_left<f16, ${SIDE}, ${SIDE}>, row_major>(&a_tile, `, 'left_at(')
    .replaceAll(`subgroupMatrixLoad<subgroup_matrix_right<f16, ${SIDE}, ${SIDE}>, col_major>(&b_tile, `, 'right_at(')
    .replaceAll('subgroupMatrixStore<row_major>(&y_half, ', 'put_matrix(')
    .replaceAll('subgroupMatrixScalarMultiply', 'scaled')
    .replaceAll('subgroupMatrixMultiplyAccumulate', 'multiplied')
  return `${replaced}
struct Matrix { rows: array<array<f32, ${SIDE}>, ${SIDE}> }
fn left_at(at: u32, stride: u32) -> Matrix {
  var m: Matrix;
  for (var i = 0u; i < ${SIDE}; i++) { for (var k = 0u; k < ${SIDE}; k++) { m.rows[i][k] = a_tile[at + i * stride + k]; } }
  return m;
}
fn right_at(at: u32, stride: u32) -> Matrix {
  var m: Matrix;
  for (var k = 0u; k < ${SIDE}; k++) { for (var j = 0u; j < ${SIDE}; j++) { m.rows[k][j] = b_tile[at + j * stride + k]; } }
  return m;
}
fn put_matrix(at: u32, m: Matrix, stride: u32) {
  for (var i = 0u; i < ${SIDE}; i++) { for (var j = 0u; j < ${SIDE}; j++) { y_half[at + i * stride + j] = m.rows[i][j]; } }
}
fn scaled(m: Matrix, factor: f32) -> Matrix {
  var y: Matrix;
  for (var i = 0u; i < ${SIDE}; i++) { for (var j = 0u; j < ${SIDE}; j++) { y.rows[i][j] = m.rows[i][j] * factor; } }
  return y;
}
fn multiplied(a: Matrix, b: Matrix, sums: Matrix) -> Matrix {
  var y = sums;
  for (var i = 0u; i < ${SIDE}; i++) {
    for (var j = 0u; j < ${SIDE}; j++) {
      for (var k = 0u; k < ${SIDE}; k++) { y.rows[i][j] += a.rows[i][k] * b.rows[k][j]; }
    }
  }
  return y;
}`
}
