import { TemplateError } from './budget.ts'
import { isEqual, isIn, numberOf, order } from './compare.ts'
import { bind } from './macro.ts'
import { isAllLower, isAllUpper } from './python-text.ts'
import {
  type Args,
  Callable,
  isDict,
  itemsOf,
  Once,
  PythonFloat,
  Range,
  SafeText,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts'
import { written } from './written.ts'

type Test = (value: Value, args: Args) => boolean

const plain =
  (is: (value: Value) => boolean): Test =>
  (value, args) => {
    bind('test', args, [])
    return is(value)
  }

const with1 =
  (is: (value: Value, other: Value) => boolean): Test =>
  (value, args) =>
    is(value, bind('test', args, ['other'], 1)[0]!)

function wholeNumber(value: Value): number {
  const number = numberOf(value)
  if (number === undefined) throw new TemplateError(`unsupported operand type(s) for %: '${typeName(value)}' and 'int'`)
  return number
}

const isSequence = (value: Value): boolean =>
  typeof value === 'string' ||
  value instanceof SafeText ||
  Array.isArray(value) ||
  value instanceof Tuple ||
  value instanceof Range ||
  isDict(value) ||
  value instanceof Undefined

const isIterable = (value: Value): boolean => value instanceof Once || itemsOf(value) !== undefined

/** Object identity. Small ints, strings, None and booleans are identical if equal. */
const isSame = (value: Value, other: Value): boolean =>
  value === other || (value instanceof PythonFloat && other instanceof PythonFloat && value === other)

/** Jinja2's tests, by name. */
const tests: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['defined', plain((value) => !(value instanceof Undefined))],
  ['undefined', plain((value) => value instanceof Undefined)],
  ['none', plain((value) => value === null)],
  ['true', plain((value) => value === true)],
  ['false', plain((value) => value === false)],
  ['boolean', plain((value) => typeof value === 'boolean')],
  ['string', plain((value) => typeof value === 'string' || value instanceof SafeText)],
  ['mapping', plain(isDict)],
  ['number', plain((value) => numberOf(value) !== undefined)],
  ['integer', plain((value) => typeof value === 'number')],
  ['float', plain((value) => value instanceof PythonFloat)],
  ['sequence', plain(isSequence)],
  ['iterable', plain(isIterable)],
  ['callable', plain((value) => value instanceof Callable)],
  ['odd', plain((value) => Math.abs(wholeNumber(value) % 2) === 1)],
  ['even', plain((value) => wholeNumber(value) % 2 === 0)],
  ['divisibleby', with1((value, by) => wholeNumber(value) % wholeNumber(by) === 0)],
  ['lower', plain((value) => isAllLower(written(value)))],
  ['upper', plain((value) => isAllUpper(written(value)))],
  ['in', with1(isIn)],
  ['sameas', with1(isSame)],
  ...['eq', 'equalto', '=='].map((name): [string, Test] => [name, with1(isEqual)]),
  ...['ne', '!='].map((name): [string, Test] => [name, with1((a, b) => !isEqual(a, b))]),
  ...['lt', 'lessthan', '<'].map((name): [string, Test] => [name, with1((a, b) => order(a, b, '<') < 0)]),
  ...['gt', 'greaterthan', '>'].map((name): [string, Test] => [name, with1((a, b) => order(a, b, '>') > 0)]),
  ...['le', '<='].map((name): [string, Test] => [name, with1((a, b) => order(a, b, '<=') <= 0)]),
  ...['ge', '>='].map((name): [string, Test] => [name, with1((a, b) => order(a, b, '>=') >= 0)]),
])

/** Apply a test by name. Throws TemplateError if it is unknown. */
export function applyTest(name: string, value: Value, args: Args): boolean {
  const test = tests.get(name)
  if (test === undefined) throw new TemplateError(`it uses the unknown test '${name}'`)
  return test(value, args)
}
