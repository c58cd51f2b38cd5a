/**
 * The part of the native binding (tfjs_binding.node) that Laurel uses. The binding's own types are in a package that pulls in all of tfjs;
 * these match its C++ source (binding/tfjs_binding.cc).
 */
export interface NativeBinding {
  /** libtensorflow's version, for example '2.18.1'. */
  readonly TF_Version: string
  readonly TF_ATTR_STRING: number
  readonly TF_ATTR_INT: number
  readonly TF_ATTR_FLOAT: number
  readonly TF_ATTR_BOOL: number
  readonly TF_ATTR_TYPE: number
  readonly TF_ATTR_SHAPE: number
  /** Run one operation on handles, synchronously. The caller owns the outputs. Throws an `Error` with TensorFlow's message. */
  executeOp(name: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number): RawTensor[]
  /** Copy an array into a tensor and return its handle. An int32 array may be used in place: never change it afterwards. */
  createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array | Uint8Array): number
  deleteTensor(id: number): void
  /** Copy a tensor's values to the host (waits for the device). Doesn't support bfloat16: cast first. */
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array
  /** Number of live handles, for leak checks. */
  getNumOfTensors(): number
  /** Whether the library uses a GPU. */
  isUsingGpuDevice(): boolean
  /** Register a serialized FunctionDef, which `executeOp` then runs by its name. Missing in packs whose binding is only tfjs's. */
  addFunction?(bytes: Uint8Array): void
  removeFunction?(name: string): void
}

/** An operation's attribute; `type` is one of the binding's TF_ATTR_ numbers. */
export interface OpAttribute {
  readonly name: string
  readonly type: number
  readonly value: number | boolean | string | readonly number[]
}

/** A handle with its shape and TensorFlow type number. */
export interface RawTensor {
  readonly id: number
  readonly shape: number[]
  readonly dtype: number
}
