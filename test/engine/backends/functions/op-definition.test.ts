import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { OpAttribute } from '../../../../main/engine/backends/binding-types.ts'
import { completeAttributes, definitionOf } from '../../../../main/engine/backends/functions/op-definition.ts'
import { repositoryFile } from '../../../support/shared.ts'

const [FLOAT, INT32, BOOL] = [1, 3, 10]
const binding = { TF_ATTR_TYPE: 4, TF_ATTR_INT: 1 }
const ofType = (name: string, value: number): OpAttribute => ({ name, type: binding.TF_ATTR_TYPE, value })
const ofInt = (name: string, value: number): OpAttribute => ({ name, type: binding.TF_ATTR_INT, value })
const completed = (op: string, given: readonly OpAttribute[], types: readonly number[]) => completeAttributes(op, given, types, binding)

test('types and numbers follow from the inputs, and those that are given stay', () => {
  expect(completed('ExpandDims', [], [FLOAT, INT32])).toEqual([ofType('T', FLOAT), ofType('Tdim', INT32)])
  expect(completed('LogicalAnd', [], [BOOL, BOOL])).toEqual([])
  expect(completed('ConcatV2', [], [FLOAT, FLOAT, FLOAT, INT32])).toEqual([ofInt('N', 3), ofType('T', FLOAT), ofType('Tidx', INT32)])
  expect(completed('ConcatV2', [ofInt('N', 1)], [FLOAT, INT32])).toEqual([ofInt('N', 1), ofType('T', FLOAT), ofType('Tidx', INT32)])
  const cast = [ofType('SrcT', FLOAT), ofType('DstT', INT32)]
  expect(completed('Cast', cast, [FLOAT])).toEqual(cast)
})

test('an attribute that nothing determines is named, with its operation', () => {
  expect(() => completed('Cast', [], [FLOAT])).toThrow("runs Cast without its attribute DstT, which its inputs don't determine")
  expect(() => completed('Unpack', [], [FLOAT])).toThrow('runs Unpack without its attribute num')
})

test('outputs have the names of their definition', () => {
  expect(definitionOf('TopKV2').outputs.map(({ name }) => name)).toEqual(['values', 'indices'])
  expect(definitionOf('SplitV').outputs).toEqual([{ name: 'output', isList: true }])
  expect(definitionOf('MatMul').outputs).toEqual([{ name: 'product', isList: false }])
})

/** Operations that record nothing: summaries for TensorBoard, images, and texts. */
const never = /^(?:.*Summary.*|Decode.*|Encode.*|.*Regex.*|.*String.*)$/

test('every operation that tfjs’s backend starts has a definition', () => {
  const backend = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json'))
  const kernels = join(backend, 'dist/kernels')
  const sources = readdirSync(kernels).filter((name) => name.endsWith('.js'))
  const started = [...sources.map((name) => join(kernels, name)), join(backend, 'dist/nodejs_kernel_backend.js')].flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/execute(?:Single|Multiple)Outputs?\((?:tfjs_1\.|['"])(\w+)/g)].map(([, name]) => name),
  )
  expect(started.length).toBeGreaterThan(90)
  for (const name of started) if (!never.test(name)) expect(() => definitionOf(name), name).not.toThrow()
})

test('every operation that Laurel starts by name has a definition', () => {
  const folder = repositoryFile('main/engine')
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const started = sources.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/\brun(?:All)?\(\s*'([A-Z]\w+)'/g)].map(([, op]) => op),
  )
  expect(started.length).toBeGreaterThan(5)
  for (const name of started) if (!name.startsWith('Laurel')) expect(() => definitionOf(name), name).not.toThrow()
})
