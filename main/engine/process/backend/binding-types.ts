/**
 * What Laurel uses of the native binding (tfjs_binding.node). The binding's own types belong to a package that pulls in
 * all of tfjs; these are the few lines that matter, checked against its C++ source (binding/tfjs_binding.cc).
 */
export interface NativeBinding {
  /** Version of libtensorflow, for example '2.18.1'. */
  readonly TF_Version: string
  readonly TF_ATTR_STRING: number
  readonly TF_ATTR_INT: number
  readonly TF_ATTR_FLOAT: number
  readonly TF_ATTR_BOOL: number
  readonly TF_ATTR_TYPE: number
  readonly TF_ATTR_SHAPE: number
  /** Run one operation now, on handles. The caller owns the outputs. Throws an `Error` with TensorFlow's own text. */
  executeOp(name: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number): RawTensor[]
  /** Copy an array into a tensor and return its handle. int32 arrays may be used in place: never change one afterwards. */
  createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array | Uint8Array): number
  deleteTensor(id: number): void
  /** Copy a tensor's values out (waits for the device). Not possible for bfloat16: cast first. */
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array
  /** Live handles: for leak checks. */
  getNumOfTensors(): number
  /** Whether the library computes on a GPU. */
  isUsingGpuDevice(): boolean
}

/** An attribute of an operation; `type` is one of the binding's TF_ATTR_ numbers. */
export interface OpAttribute {
  readonly name: string
  readonly type: number
  readonly value: number | boolean | string | readonly number[]
}

/** A handle with its shape and TensorFlow's type number. */
export interface RawTensor {
  readonly id: number
  readonly shape: number[]
  readonly dtype: number
}
