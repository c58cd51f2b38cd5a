import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Precision } from '../../shared/train-config.ts'
import type { NativeBinding, OpAttribute, RawTensor } from './binding-types.ts'

/**
 * Direct calls of TensorFlow operations through the native binding, for what the tfjs API can't express: bfloat16.
 *
 * tfjs has no bfloat16, so a tensor that holds it is labelled float32 and must only be used through functions aware of it (`operand.ts`).
 * `tf.tidy` doesn't track handles (`id`) created here: free them, or wrap them in a tensor.
 */

/** TensorFlow's type numbers (tensorflow/c/tf_datatype.h). */
export const FLOAT = 1
export const BFLOAT16 = 14
export const INT32 = 3

/** TensorFlow's type number of a precision. */
export const typeOf = (precision: Precision): number => (precision === 'bfloat16' ? BFLOAT16 : FLOAT)

/** The parts of tfjs-node's backend class that its types declare private. */
interface NativeBackend {
  readonly binding: NativeBinding
  getInputTensorIds(tensors: readonly Tensor[]): number[]
  createOutputTensor(raw: RawTensor): Tensor
}

/** Whether the native backend is current. */
export const isNative = (): boolean => tf.getBackend() === 'tensorflow'

/** Whether the native backend runs on a GPU. */
export const usesGpu = (): boolean => native().binding.isUsingGpuDevice()

const native = (): NativeBackend => tf.backend() as unknown as NativeBackend

export const typeAttribute = (name: string, value: number): OpAttribute => ({ name, type: native().binding.TF_ATTR_TYPE, value })
export const boolAttribute = (name: string, value: boolean): OpAttribute => ({ name, type: native().binding.TF_ATTR_BOOL, value })

export const intAttribute = (name: string, value: number): OpAttribute => ({ name, type: native().binding.TF_ATTR_INT, value })
export const floatAttribute = (name: string, value: number): OpAttribute => ({ name, type: native().binding.TF_ATTR_FLOAT, value })

/** Handle of a tensor's value (uploads it first if necessary). The tensor keeps ownership. */
export const handleOf = (tensor: Tensor): number => native().getInputTensorIds([tensor])[0]

/** Run an operation with one output on handles. The caller owns the output. */
export function run(name: string, attributes: readonly OpAttribute[], inputs: readonly number[]): RawTensor {
  return native().binding.executeOp(name, attributes, inputs, 1)[0]
}

/** `run` for any number of outputs. */
export const runAll = (name: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number): RawTensor[] =>
  native().binding.executeOp(name, attributes, inputs, outputs)

export const free = (raw: RawTensor): void => native().binding.deleteTensor(raw.id)

/** Wrap a raw output as a tfjs tensor, labelled float32 whatever it holds. */
export const wrap = (raw: RawTensor): Tensor => native().createOutputTensor({ ...raw, dtype: FLOAT })

/** Wrap a raw output under its own type; bfloat16 gets the float32 label. */
export const wrapAs = (raw: RawTensor): Tensor => (raw.dtype === BFLOAT16 ? wrap(raw) : native().createOutputTensor(raw))

/** `Cast`, rounding to nearest even (truncation is slower and less exact). */
export function cast(id: number, from: number, to: number): RawTensor {
  return run('Cast', [typeAttribute('SrcT', from), typeAttribute('DstT', to), boolAttribute('Truncate', false)], [id])
}
