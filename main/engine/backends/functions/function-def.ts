import type { NativeBinding, OpAttribute } from '../binding-types.ts'
import { definitionOf } from './op-definition.ts'
import { type Bytes, bytesField, entryField, floatField, intField, intsField, message, textField } from './protobuf.ts'

/**
 * TensorFlow's FunctionDef (tensorflow/core/framework/function.proto, 2.18): a graph with a name, which `executeOp` runs as one operation.
 */
export interface FunctionGraph {
  readonly name: string
  /** TensorFlow's type number of each argument. */
  readonly inputs: readonly number[]
  readonly nodes: readonly GraphNode[]
  readonly outputs: readonly GraphOutput[]
}

/** An operation, or a constant. */
export interface GraphNode {
  readonly op: string
  readonly attributes: readonly OpAttribute[]
  readonly inputs: readonly GraphValue[]
  readonly constant?: GraphConstant
}

export interface GraphConstant {
  readonly dtype: number
  readonly shape: readonly number[]
  readonly bytes: Bytes
}

/** An argument of the function, or an output of one of its nodes. */
export type GraphValue = { readonly input: number } | { readonly node: number; readonly output: number }

export interface GraphOutput {
  readonly dtype: number
  readonly value: GraphValue
}

/**
 * Serialize a graph. Its operations run in the order of its nodes, as they would one by one: so memory is freed in the same order, and a
 * tensor that is changed in place is changed when it should be.
 */
export function encodeFunction({ name, inputs, nodes, outputs }: FunctionGraph, binding: NativeBinding): Bytes {
  const types = attributeTypes(binding)
  const argument = (field: number, label: string, dtype: number): Bytes =>
    bytesField(field, message(textField(1, label), intField(3, dtype)))
  const portOf = (value: GraphValue): string =>
    'input' in value ? `in${value.input}` : `n${value.node}:${portName(nodes[value.node], value.output)}`
  const passed = outputs.map(({ dtype, value }, i) => returned(value, nodes, i, dtype, portOf, types))
  const before = new Map<number, number>() // the operation that precedes each
  let last: number | undefined
  nodes.forEach(({ constant }, i) => {
    if (constant) return
    if (last !== undefined) before.set(i, last)
    last = i
  })
  return message(
    bytesField(
      1,
      message(
        textField(1, name),
        ...inputs.map((dtype, i) => argument(2, `in${i}`, dtype)),
        ...outputs.map(({ dtype }, i) => argument(3, `out${i}`, dtype)),
      ),
    ),
    ...nodes.map((node, i) => bytesField(3, encodeNode(node, `n${i}`, portOf, types, before.get(i)))),
    ...passed.flatMap(({ identity }) => (identity ? [bytesField(3, identity)] : [])),
    ...passed.map(({ port }, i) => entryField(4, `out${i}`, (field) => textField(field, port))),
  )
}

type AttributeTypes = ReturnType<typeof attributeTypes>

const attributeTypes = ({ TF_ATTR_STRING, TF_ATTR_INT, TF_ATTR_FLOAT, TF_ATTR_BOOL, TF_ATTR_TYPE, TF_ATTR_SHAPE }: NativeBinding) => ({
  string: TF_ATTR_STRING,
  int: TF_ATTR_INT,
  float: TF_ATTR_FLOAT,
  bool: TF_ATTR_BOOL,
  type: TF_ATTR_TYPE,
  shape: TF_ATTR_SHAPE,
})

/** An output that is an argument or a constant goes through an Identity: a function must compute what it returns. */
function returned(
  value: GraphValue,
  nodes: readonly GraphNode[],
  index: number,
  dtype: number,
  portOf: (value: GraphValue) => string,
  types: AttributeTypes,
): { readonly port: string; readonly identity?: Bytes } {
  if ('node' in value && !nodes[value.node].constant) return { port: portOf(value) }
  const attributes = [{ name: 'T', type: types.type, value: dtype }]
  return { port: `r${index}:output:0`, identity: encodeNode({ op: 'Identity', attributes, inputs: [value] }, `r${index}`, portOf, types) }
}

function encodeNode(
  { op, attributes, inputs, constant }: GraphNode,
  label: string,
  portOf: (value: GraphValue) => string,
  types: AttributeTypes,
  before?: number,
): Bytes {
  return message(
    textField(1, label),
    textField(2, op),
    ...inputs.map((value) => textField(3, portOf(value))),
    ...(before === undefined ? [] : [textField(3, `^n${before}`)]),
    ...attributes.map((attribute) => entryField(5, attribute.name, (field) => bytesField(field, encodeAttribute(op, attribute, types)))),
    ...(constant ? constantAttributes(constant) : []),
  )
}

/** AttrValue: list 1, s 2, i 3, f 4, b 5, type 6, shape 7, tensor 8; a list has the same numbers. */
function encodeAttribute(op: string, { name, type, value }: OpAttribute, types: AttributeTypes): Bytes {
  if (type === types.shape) return bytesField(7, encodeShape(value as readonly number[]))
  if (type === types.int && Array.isArray(value)) return bytesField(1, intsField(3, value))
  if (type === types.string && typeof value === 'string') return textField(2, value)
  if (type === types.int && typeof value === 'number') return intField(3, value)
  if (type === types.float && typeof value === 'number') return floatField(4, value)
  if (type === types.bool && typeof value === 'boolean') return intField(5, Number(value))
  if (type === types.type && typeof value === 'number') return intField(6, value)
  throw new Error(`recorded work runs ${op}, whose attribute ${name} has no encoding`)
}

function constantAttributes({ dtype, shape, bytes }: GraphConstant): Bytes[] {
  const tensor = message(intField(1, dtype), bytesField(2, encodeShape(shape)), bytesField(4, bytes))
  return [
    entryField(5, 'dtype', (field) => bytesField(field, intField(6, dtype))),
    entryField(5, 'value', (field) => bytesField(field, bytesField(8, tensor))),
  ]
}

const encodeShape = (shape: readonly number[]): Bytes => message(...shape.map((size) => bytesField(2, intField(1, size))))

/** Output `index` of a node, as a FunctionDef names it: by the argument's name in the operation's definition. */
function portName({ op, constant }: GraphNode, index: number): string {
  if (constant) return 'output:0'
  const { outputs } = definitionOf(op)
  return outputs[0].isList ? `${outputs[0].name}:${index}` : `${outputs[index].name}:0`
}
