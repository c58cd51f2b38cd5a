import { attributeOf, itemOf } from './attributes.ts'
import { make, nested, step, TemplateError } from './budget.ts'
import { isEqual, isIn, isTrue, numberOf, order } from './compare.ts'
import { applyFilter } from './filters.ts'
import { asCallable } from './macro.ts'
import type { Argument, Expression } from './nodes.ts'
import { operate, result, sliceOf } from './operators.ts'
import type { Scope } from './scope.ts'
import { applyTest } from './tests.ts'
import { type Args, isDict, isLoop, iterate, type Key, keyOf, PythonFloat, Tuple, typeName, Undefined, type Value } from './values.ts'
import { written } from './written.ts'

/** Evaluates expressions with Python's semantics. */
export class Evaluator {
  /** `block`: text that a block filter applies to. */
  evaluate(node: Expression, scope: Scope, block: Value = null): Value {
    step()
    const of = (inner: Expression): Value => this.evaluate(inner, scope, block)
    switch (node.type) {
      case 'constant':
        return node.value
      case 'float':
        return new PythonFloat(node.value)
      case 'name':
        return scope.get(node.name)
      case 'list':
        return node.items.map(of)
      case 'tuple':
        return new Tuple(node.items.map(of))
      case 'dict':
        return new Map(node.entries.map(([key, value]): [Key, Value] => [keyOf(of(key)), of(value)]))
      case 'attribute':
        return attributeOf(of(node.object), node.name)
      case 'item':
        return itemOf(of(node.object), of(node.key))
      case 'slice': {
        const [object, start, stop, step] = [node.object, node.start, node.stop, node.step].map((part) => (part === null ? null : of(part)))
        if (object instanceof Undefined) throw new TemplateError(`${object.reason} is undefined`)
        return sliceOf(object, start, stop, step)
      }
      case 'call':
        return this.call(of(node.callee), this.args(node.args, scope))
      case 'filter':
        return applyFilter(node.name, node.operand === null ? block : of(node.operand), this.args(node.args, scope))
      case 'test':
        return applyTest(node.name, of(node.operand), this.args(node.args, scope))
      case 'unary':
        return this.#unary(node.operator, of(node.operand))
      case 'binary':
        return this.#binary(node, scope, block)
      case 'concat': {
        const texts = node.parts.map((part) => written(of(part)))
        make(texts.reduce((sum, text) => sum + text.length, 0))
        return texts.join('')
      }
      case 'compare':
        return this.#compare(node, of)
      case 'condition':
        if (isTrue(of(node.test))) return of(node.whenTrue)
        return node.otherwise === null
          ? new Undefined('the inline if-expression evaluated to false and no else section was defined; it')
          : of(node.otherwise)
    }
  }

  call(callee: Value, args: Args): Value {
    if (isLoop(callee)) return nested(() => callee.recurse(args.positional[0] ?? null))
    const callable = asCallable(callee, `'${typeName(callee)}'`)
    return nested(() => callable.call(args))
  }

  args(given: readonly Argument[], scope: Scope): Args {
    const positional: Value[] = []
    const named = new Map<string, Value>()
    for (const { kind, name, value } of given) {
      const found = this.evaluate(value, scope)
      if (kind === 'positional') positional.push(found)
      else if (kind === 'spread') positional.push(...iterate(found))
      else if (kind === 'named') named.set(name!, found)
      else {
        if (!isDict(found)) throw new TemplateError('argument after ** must be a mapping')
        for (const [key, item] of found) named.set(String(key), item)
      }
    }
    return { positional, named }
  }

  #unary(operator: 'not' | '-' | '+', value: Value): Value {
    if (operator === 'not') return !isTrue(value)
    if (value instanceof Undefined) throw new TemplateError(`${value.reason} is undefined`)
    const number = numberOf(value)
    if (number === undefined) throw new TemplateError(`bad operand type for unary ${operator}: '${typeName(value)}'`)
    return result(operator === '-' ? -number : number, value instanceof PythonFloat)
  }

  #binary({ operator, left, right }: Extract<Expression, { type: 'binary' }>, scope: Scope, block: Value): Value {
    const first = this.evaluate(left, scope, block)
    if (operator === 'and') return isTrue(first) ? this.evaluate(right, scope, block) : first
    if (operator === 'or') return isTrue(first) ? first : this.evaluate(right, scope, block)
    return operate(operator, first, this.evaluate(right, scope, block))
  }

  /** A chain (`a < b < c`) is true if every adjacent pair is. */
  #compare({ first, rest }: Extract<Expression, { type: 'compare' }>, of: (node: Expression) => Value): boolean {
    let left = of(first)
    for (const [operator, node] of rest) {
      const right = of(node)
      if (!compares(operator, left, right)) return false
      left = right
    }
    return true
  }
}

function compares(operator: string, left: Value, right: Value): boolean {
  switch (operator) {
    case '==':
      return isEqual(left, right)
    case '!=':
      return !isEqual(left, right)
    case 'in':
      return isIn(left, right)
    case 'not in':
      return !isIn(left, right)
    case '<':
      return order(left, right, operator) < 0
    case '<=':
      return order(left, right, operator) <= 0
    case '>':
      return order(left, right, operator) > 0
    default:
      return order(left, right, operator) >= 0
  }
}
