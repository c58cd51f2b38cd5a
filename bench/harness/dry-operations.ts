/**
 * What TensorFlow's operations would return and where their GPU kernels expect their inputs, for the operations that the plain kernels use.
 * Host memory is as in the kernels' registrations (`HostMemory` in TensorFlow 2.18's `core/kernels`).
 */

/** TensorFlow's type numbers (tensorflow/c/tf_datatype.h). */
export const types = { float: 1, int32: 3, uint8: 4, string: 7, complex64: 8, int64: 9, bool: 10, bfloat16: 14, resource: 20 } as const

const widths: Readonly<Record<number, number>> = { 1: 4, 3: 4, 4: 1, 8: 8, 9: 8, 10: 1, 14: 2 }

/** A tensor without values, except those of a small int32 tensor from the host: an operation's shape or axes. */
export interface DryTensor {
  readonly shape: readonly number[]
  readonly dtype: number
  readonly values?: Int32Array
}

export type Attributes = ReadonlyMap<string, unknown>

type Rule = (inputs: readonly DryTensor[], attributes: Attributes, outputs: number) => readonly Pick<DryTensor, 'shape' | 'dtype'>[]

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)
export const bytesOf = ({ shape, dtype }: Pick<DryTensor, 'shape' | 'dtype'>): number => sizeOf(shape) * widths[dtype]

/** Output tensors of an operation. Throws for an operation without a rule. */
export function outputsOf(name: string, inputs: readonly DryTensor[], attributes: Attributes, outputs: number) {
  const rule = rules[name]
  if (!rule) throw new Error(`the dry binding has no rule for ${name}`)
  return rule(inputs, attributes, outputs)
}

/** Whether the output is the first input's memory: only the shape changes, or the values of some rows. */
export const isView = (name: string): boolean => ['Reshape', 'InplaceUpdate'].includes(name)

/** Bytes that an operation without an output of its own writes and reads. */
export const bytesInPlace = (name: string, inputs: readonly DryTensor[]): number => (name === 'InplaceUpdate' ? 2 * bytesOf(inputs[2]) : 0)

/** Operations whose int32 kernels "on the GPU" work in host memory, input and output. */
const onHostForInt32 = new Set([
  ...['Add', 'Sub', 'Mul', 'Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Reshape'],
  ...['ConcatV2', 'Slice', 'Pack', 'Unpack', 'Fill', 'ZerosLike', 'Sum', 'Max'],
])

/** Inputs in host memory whatever the type: shapes, axes, sizes. */
const hostInputs: Readonly<Record<string, readonly number[]>> = {
  ...{ Reshape: [1], Transpose: [1], Sum: [1], Mean: [1], Max: [1], ArgMax: [1], TopKV2: [1] },
  ...{ Slice: [1, 2], SplitV: [1, 2], GatherV2: [2], UnsortedSegmentSum: [2] },
  ...{ OneHot: [1], Fill: [0], StatelessRandomUniform: [0, 1] },
}

/** Whether the whole operation takes place in host memory. */
export function isOnHost(name: string, inputs: readonly DryTensor[], attributes: Attributes): boolean {
  const type = attributes.get('T') ?? inputs[0].dtype
  return type === types.int32 && onHostForInt32.has(name)
}

/** Whether a kernel reads this input from host memory. */
export function readsFromHost(name: string, index: number, inputs: readonly DryTensor[]): boolean {
  if (name === 'ConcatV2') return index === inputs.length - 1
  return hostInputs[name]?.includes(index) ?? false
}

/** Bytes that a kernel reads of an input: gathering and slicing read only what they return. */
export function bytesRead(name: string, index: number, input: DryTensor, output: Pick<DryTensor, 'shape' | 'dtype'>): number {
  return (name === 'GatherV2' || name === 'Slice') && index === 0 ? bytesOf(output) : bytesOf(input)
}

const typed = (shape: readonly number[], dtype: number) => [{ shape, dtype }]
const same: Rule = ([x]) => typed(x.shape, x.dtype)
const elementwise: Rule = ([a, b]) => typed(broadcast(a.shape, b.shape), a.dtype)
const comparison: Rule = ([a, b]) => typed(broadcast(a.shape, b.shape), types.bool)

const reduction: Rule = ([x, axes], attributes) => {
  const reduced = new Set([...valuesOf(axes)].map((axis) => (axis + x.shape.length) % x.shape.length))
  const shape = attributes.get('keep_dims') ? x.shape.map((n, i) => (reduced.has(i) ? 1 : n)) : x.shape.filter((_, i) => !reduced.has(i))
  return typed(shape, x.dtype)
}

const product: Rule = ([a, b], attributes) => {
  const isTurned = (...names: string[]) => names.some((name) => attributes.get(name) === true)
  const rows = a.shape.at(isTurned('transpose_a', 'adj_x') ? -1 : -2)!
  const columns = b.shape.at(isTurned('transpose_b', 'adj_y') ? -2 : -1)!
  return typed([...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns], a.dtype)
}

const rules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(['Add', 'Sub', 'Mul', 'RealDiv', 'Minimum'].map((name) => [name, elementwise])),
  ...Object.fromEntries(['Equal', 'NotEqual', 'Greater', 'GreaterEqual'].map((name) => [name, comparison])),
  ...Object.fromEntries(
    ['Square', 'Sqrt', 'Rsqrt', 'Exp', 'Log', 'Neg', 'Sigmoid', 'Softplus', 'Softmax', 'ZerosLike'].map((name) => [name, same]),
  ),
  ...Object.fromEntries(['Sum', 'Mean', 'Max'].map((name) => [name, reduction])),
  ...{ MatMul: product, BatchMatMulV2: product },
  InplaceUpdate: same,
  Cast: ([x], attributes) => typed(x.shape, attributes.get('DstT') as number),
  Select: ([, x]) => typed(x.shape, x.dtype),
  Reshape: ([x, to]) => typed(reshaped(x.shape, [...valuesOf(to)]), x.dtype),
  Transpose: ([x, order]) =>
    typed(
      [...valuesOf(order)].map((axis) => x.shape[axis]),
      x.dtype,
    ),
  ConcatV2: (inputs) => {
    const tensors = inputs.slice(0, -1)
    const [first] = tensors
    const axis = (valuesOf(inputs.at(-1)!)[0] + first.shape.length) % first.shape.length
    return typed(
      first.shape.with(
        axis,
        tensors.reduce((sum, { shape }) => sum + shape[axis], 0),
      ),
      first.dtype,
    )
  },
  SplitV: ([x, sizes, at]) => [...valuesOf(sizes)].map((size) => ({ shape: x.shape.with(valuesOf(at)[0], size), dtype: x.dtype })),
  Slice: ([x, begin, size]) =>
    typed(
      [...valuesOf(size)].map((n, axis) => (n === -1 ? x.shape[axis] - valuesOf(begin)[axis] : n)),
      x.dtype,
    ),
  GatherV2: ([x, indices, at], attributes) => {
    const axis = (valuesOf(at)[0] + x.shape.length) % x.shape.length
    const own = indices.shape.slice((attributes.get('batch_dims') as number | undefined) ?? 0)
    return typed([...x.shape.slice(0, axis), ...own, ...x.shape.slice(axis + 1)], x.dtype)
  },
  UnsortedSegmentSum: ([x, ids, count]) => typed([valuesOf(count)[0], ...x.shape.slice(ids.shape.length)], x.dtype),
  OneHot: ([indices, depth, on]) => typed([...indices.shape, valuesOf(depth)[0]], on.dtype),
  Fill: ([shape, value]) => typed([...valuesOf(shape)], value.dtype),
  Pack: (inputs, attributes) => typed(inputs[0].shape.toSpliced(attributes.get('axis') as number, 0, inputs.length), inputs[0].dtype),
  Unpack: ([x], attributes, outputs) =>
    Array.from({ length: outputs }, () => ({ shape: x.shape.toSpliced(attributes.get('axis') as number, 1), dtype: x.dtype })),
  ArgMax: ([x, at], attributes) =>
    typed(x.shape.toSpliced((valuesOf(at)[0] + x.shape.length) % x.shape.length, 1), attributes.get('output_type') as number),
  TopKV2: ([x, k]) => {
    const shape = [...x.shape.slice(0, -1), valuesOf(k)[0]]
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: types.int32 },
    ]
  },
  StatelessRandomUniform: ([shape], attributes) => typed([...valuesOf(shape)], attributes.get('dtype') as number),
}

export const knownOperations: readonly string[] = Object.keys(rules)

function valuesOf({ values }: DryTensor): Int32Array {
  if (!values) throw new Error('the shape of an operation depends on values that were never on the host')
  return values
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const [n, m] = [a, b].map((shape) => shape.at(i - rank) ?? 1)
    if (n !== m && n !== 1 && m !== 1) throw new Error(`[${a}] and [${b}] don't broadcast`)
    return n === 1 ? m : n
  })
}

function reshaped(from: readonly number[], to: readonly number[]): number[] {
  const known = to.reduce((product, n) => (n === -1 ? product : product * n), 1)
  const shape = to.map((n) => (n === -1 ? sizeOf(from) / known : n))
  if (sizeOf(shape) !== sizeOf(from)) throw new Error(`[${from}] can't be reshaped to [${to}]`)
  return shape
}
