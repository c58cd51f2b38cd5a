import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { LaurelError } from '../../shared/errors.ts'
import type { Precision } from '../../shared/train-config.ts'
import { kernelSet } from './kernel-set.ts'
import {
  BFLOAT16,
  boolAttribute,
  cast,
  FLOAT,
  handleOf,
  INT32,
  intAttribute,
  isNative,
  run,
  typeAttribute,
  typeOf,
  wrap,
} from './raw-ops.ts'
import { tidy } from './tidy.ts'
import type { UploadBuffer } from './upload-buffer.ts'
import { joinHalves, roundHalves, takeHalves, uploadHalves, widenHalves, writable } from './webgpu-halves.ts'
import { wgslProduct } from './webgpu-product.ts'

/**
 * The only place that decides precision.
 *
 * Matrix multiplications run in the precision of their operands. Everything else (norms, softmax, residual stream, losses, optimizer) is
 * float32. TensorFlow and the shaders accumulate bfloat16 products in float32 and round once, as torch's bfloat16 matmul does.
 */
export interface Operand {
  readonly tensor: Tensor // labelled float32 even if it holds bfloat16
  readonly precision: Precision
}

/** Whether the current backend can store and multiply numbers in the precision. */
export const supports = (precision: Precision): boolean => precision === 'float32' || isNative() || kernelSet() === 'wgsl'

/** Throws if it can't. */
export function checkPrecision(precision: Precision): void {
  if (!supports(precision)) {
    throw new LaurelError(
      'UNSUPPORTED',
      `bfloat16 needs TensorFlow or WebGPU (now: ${tf.getBackend()})`,
      'Use --precision float32, or install the native runtime with `laurel runtime install cpu`.',
    )
  }
}

/** Round a float32 tensor for use in products. In float32 the operand is the tensor itself. */
export function operand(x: Tensor, precision: Precision): Operand {
  if (precision === 'float32') return { tensor: x, precision }
  if (!isNative()) return { tensor: roundHalves(x), precision }
  return { tensor: wrap(cast(handleOf(x), FLOAT, BFLOAT16)), precision }
}

/** Values of the upload buffer in a precision. On WebGPU, whose tensors have a limit, bfloat16 is never there as a whole in float32. */
export function upload(staging: UploadBuffer, values: Float32Array, shape: readonly number[], precision: Precision): Operand {
  if (precision === 'bfloat16' && !isNative()) return { tensor: uploadHalves(values, shape), precision }
  return inPrecision({ tensor: staging.tensor(values, shape), precision: 'float32' }, precision)
}

/** The operand's values as float32 (widening is exact). */
export function widen(x: Operand): Tensor {
  if (x.precision === 'float32') return x.tensor.clone()
  if (!isNative()) return widenHalves(x.tensor)
  return wrap(cast(handleOf(x.tensor), BFLOAT16, FLOAT))
}

/** The same values in a precision. Frees the given ones if they have another. */
export function inPrecision(x: Operand, precision: Precision): Operand {
  if (x.precision === precision) return x
  const rounded = operand(x.tensor, precision)
  x.tensor.dispose()
  return rounded
}

interface MatMulOptions {
  readonly transposeA?: boolean
  readonly transposeB?: boolean
}

/**
 * `a b`, with either side optionally transposed: [M, K] x [K, N] -> [M, N], or over a leading batch axis [Z, M, K] x [Z, K, N] -> [Z, M,
 * N]. The result is float32.
 */
export function matMul(a: Operand, b: Operand, options: MatMulOptions = {}): Tensor {
  const narrow = product(a, b, options)
  if (narrow.precision === 'float32') return narrow.tensor
  const wide = widen(narrow)
  narrow.tensor.dispose()
  return wide
}

/** Like `matMul`, but keeps the operands' precision, for results that are multiplied, normalized or rotated next. */
export function product(a: Operand, b: Operand, { transposeA = false, transposeB = false }: MatMulOptions = {}): Operand {
  if (a.precision !== b.precision) {
    throw new LaurelError('INTERNAL', `product of ${a.precision} and ${b.precision}`, 'This is a bug in Laurel. Please report it.')
  }
  if (!isNative()) {
    if (kernelSet() === 'wgsl') return shaderProduct(a, b, { transposeA, transposeB })
    return { tensor: tf.matMul(a.tensor, b.tensor, transposeA, transposeB), precision: 'float32' }
  }
  if (a.precision === 'bfloat16' && halfProductsAreShutOff()) return widenedProduct(a, b, { transposeA, transposeB })
  const batched = a.tensor.rank > 2
  const multiplied = run(
    batched ? 'BatchMatMulV2' : 'MatMul',
    [
      typeAttribute('T', typeOf(a.precision)),
      boolAttribute(batched ? 'adj_x' : 'transpose_a', transposeA),
      boolAttribute(batched ? 'adj_y' : 'transpose_b', transposeB),
    ],
    [handleOf(a.tensor), handleOf(b.tensor)],
  )
  return { tensor: wrap(multiplied), precision: a.precision }
}

/**
 * Values of `ONEDNN_MAX_CPU_ISA` that rule out bfloat16 products. TensorFlow checks the processor instead of oneDNN's limit, so on a newer
 * processor such a product would crash the process.
 */
const withoutHalfProducts = /^(SSE41|AVX|AVX2|AVX2_VNNI)$/i

const halfProductsAreShutOff = (): boolean => withoutHalfProducts.test(process.env.ONEDNN_MAX_CPU_ISA ?? process.env.DNNL_MAX_CPU_ISA ?? '')

/** On WebGPU. Matrices are multiplied as they are stored; a bfloat16 result of odd width is rounded afterward, because its rows share words. */
function shaderProduct(a: Operand, b: Operand, options: Required<MatMulOptions>): Operand {
  const precision = writable(a.precision, b.tensor.shape.at(options.transposeB ? -2 : -1)!)
  const tensor = wgslProduct({ a: a.tensor, b: b.tensor, ...options, precision: a.precision }, precision)
  return inPrecision({ tensor, precision }, a.precision)
}

/** The product computed via float32: exact factors, float32 sums, rounded once. */
function widenedProduct(a: Operand, b: Operand, options: MatMulOptions): Operand {
  const wide = [a, b].map((side) => ({ tensor: widen(side), precision: 'float32' }) as const)
  const y = product(wide[0], wide[1], options)
  tf.dispose(wide.map((side) => side.tensor))
  return inPrecision(y, 'bfloat16')
}

/** Concatenate operands of equal precision along axis 0. */
export function concatOperands(a: Operand, b: Operand): Operand {
  if (a.precision === 'float32') return { tensor: tf.concat([a.tensor, b.tensor], 0), precision: a.precision }
  if (!isNative()) return { tensor: joinHalves(a.tensor, b.tensor), precision: a.precision }
  const at = tf.scalar(0, 'int32')
  const joined = run(
    'ConcatV2',
    [typeAttribute('T', BFLOAT16), typeAttribute('Tidx', INT32), intAttribute('N', 2)],
    [handleOf(a.tensor), handleOf(b.tensor), handleOf(at)],
  )
  at.dispose()
  return { tensor: wrap(joined), precision: a.precision }
}

/** Gather along axis 0: x [N, ...], indices [M] -> [M, ...]. */
export function takeOperand(x: Operand, indices: Tensor): Operand {
  if (!isNative()) {
    const isHalf = x.precision === 'bfloat16'
    return { tensor: isHalf ? takeHalves(x.tensor, indices) : tf.gather(x.tensor, indices as tf.Tensor1D), precision: x.precision }
  }
  const axis = tf.scalar(0, 'int32')
  const taken = run(
    'GatherV2',
    [typeAttribute('Tparams', typeOf(x.precision)), typeAttribute('Tindices', INT32), typeAttribute('Taxis', INT32)],
    [handleOf(x.tensor), handleOf(indices), handleOf(axis)],
  )
  axis.dispose()
  return { tensor: wrap(taken), precision: x.precision }
}

/** Gather in each row, on the native backend: x [M, V] float32, columns [M, K] int32 -> [M, K]. tfjs's own would read the columns back first. */
export function gatherInRows(x: Tensor, columns: Tensor): Tensor {
  const axis = tf.scalar(1, 'int32')
  const types = [typeAttribute('Tparams', FLOAT), typeAttribute('Tindices', INT32), typeAttribute('Taxis', INT32)]
  const taken = run('GatherV2', [intAttribute('batch_dims', 1), ...types], [x, columns, axis].map(handleOf))
  axis.dispose()
  return wrap(taken)
}

/** A block of the values: `begin` and `size` along each axis. */
export function sliceOperand(x: Operand, begin: number[], size: number[]): Operand {
  if (x.precision === 'float32') return { tensor: tf.slice(x.tensor, begin, size), precision: x.precision }
  if (!isNative()) return tidy(() => operand(tf.slice(widen(x), begin, size), x.precision))
  const bounds = [begin, size].map((numbers) => tf.tensor1d(numbers, 'int32'))
  const attributes = [typeAttribute('T', BFLOAT16), typeAttribute('Index', INT32)]
  const sliced = wrap(run('Slice', attributes, [handleOf(x.tensor), ...bounds.map(handleOf)]))
  tf.dispose(bounds)
  return { tensor: sliced, precision: x.precision }
}

/** The same values in another shape, without copying. */
export function reshapeOperand(x: Operand, shape: number[]): Operand {
  if (x.precision === 'float32' || !isNative()) return { tensor: tf.reshape(x.tensor, shape), precision: x.precision }
  const to = tf.tensor1d(shape, 'int32')
  const attributes = [typeAttribute('T', BFLOAT16), typeAttribute('Tshape', INT32)]
  const reshaped = wrap(run('Reshape', attributes, [handleOf(x.tensor), handleOf(to)]))
  to.dispose()
  return { tensor: reshaped, precision: x.precision }
}
