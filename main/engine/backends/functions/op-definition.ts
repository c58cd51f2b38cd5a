import type { NativeBinding, OpAttribute } from '../binding-types.ts'
import { opDefinitions } from './op-definitions.ts'

interface OpInput {
  /** The attribute that is its type; null: its type is fixed, or one of a list. */
  readonly type: string | null
  /** The attribute that is the number of such inputs; null: one. */
  readonly count: string | null
}

interface OpDefinition {
  readonly inputs: readonly OpInput[]
  readonly outputs: readonly { readonly name: string; readonly isList: boolean }[]
  /** Attributes without a default. */
  readonly required: readonly string[]
}

const read = new Map<string, OpDefinition>()

/** Throws if the operation isn't in the table. */
export function definitionOf(op: string): OpDefinition {
  const known = read.get(op)
  if (known) return known
  const text = Object.hasOwn(opDefinitions, op) ? opDefinitions[op] : undefined
  if (text === undefined) throw new Error(`recorded work runs ${op}, which op-definitions.ts doesn't have`)
  const [signature, required = ''] = text.split(';')
  const [inputs, outputs] = signature.split('->').map(words)
  const definition = { inputs: inputs.map(inputOf), outputs: outputs.map(outputOf), required: words(required) }
  read.set(op, definition)
  return definition
}

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '')

function inputOf(text: string): OpInput {
  const [, count = null, type] = /^(?:(\w+)\*)?(.+)$/.exec(text)!
  return { count, type: /^\w+$/.test(type) ? type : null }
}

const outputOf = (text: string) => ({ name: text.replace('*', ''), isList: text.endsWith('*') })

/**
 * An operation's attributes with those that follow from its inputs. Started by itself, an operation gets them from TensorFlow, and tfjs leaves
 * some of them out; in a function each must be there. `types`: the inputs' type numbers. Throws if another one without a default is missing.
 */
export function completeAttributes(
  op: string,
  given: readonly OpAttribute[],
  types: readonly number[],
  { TF_ATTR_TYPE, TF_ATTR_INT }: Pick<NativeBinding, 'TF_ATTR_TYPE' | 'TF_ATTR_INT'>,
): OpAttribute[] {
  const { inputs, required } = definitionOf(op)
  const attributes = new Map(given.map((attribute) => [attribute.name, { ...attribute }]))
  const addMissing = (name: string, type: number, value: number | undefined): void => {
    if (!attributes.has(name) && value !== undefined) attributes.set(name, { name, type, value })
  }
  let at = 0
  for (const { type, count } of inputs) {
    if (count !== null) addMissing(count, TF_ATTR_INT, types.length - inputs.length + 1) // it is the only list
    if (type !== null) addMissing(type, TF_ATTR_TYPE, types[at])
    at += count === null ? 1 : Number(attributes.get(count)?.value)
  }
  const missing = required.find((name) => !attributes.has(name))
  if (missing !== undefined) throw new Error(`recorded work runs ${op} without its attribute ${missing}, which its inputs don't determine`)
  return [...attributes.values()]
}
