import type { Expression } from './nodes.ts'
import { OperandParser } from './operands.ts'

const comparisons = ['==', '!=', '<', '<=', '>', '>=']
/** Parses Jinja2's expressions with its precedences (`~` binds tighter than `+`; `**` is left-associative). */
export class ExpressionParser extends OperandParser {
  /** An expression, including `x if y else z`. */
  override expression(): Expression {
    this.enter()
    let value = this.#or()
    while (this.stream.skip('name', 'if')) {
      const test = this.#or()
      value = { type: 'condition', test, whenTrue: value, otherwise: this.stream.skip('name', 'else') ? this.expression() : null }
    }
    this.leave()
    return value
  }

  /** An expression without a trailing condition: a loop's iterable. */
  withoutCondition(): Expression {
    return this.#tuple(() => this.#or(), ['if', 'recursive'])
  }

  /** An expression, or a tuple of comma-separated ones. */
  override sequence(): Expression {
    return this.#tuple(() => this.expression(), [])
  }

  #tuple(item: () => Expression, endNames: readonly string[]): Expression {
    const items: Expression[] = []
    let isTuple = false
    while (!this.#isTupleEnd(endNames)) {
      items.push(item())
      if (!this.stream.skip('operator', ',')) break
      isTuple = true
    }
    if (isTuple) return { type: 'tuple', items }
    if (items.length === 0) throw this.stream.error('expected an expression')
    return items[0]
  }

  #isTupleEnd(endNames: readonly string[]): boolean {
    return this.stream.is('block-end') || this.stream.is('print-end') || this.stream.is('operator', ')') || this.#isName(endNames)
  }

  #isName = (names: readonly string[]): boolean => names.length > 0 && this.stream.is('name', ...names)

  #or(): Expression {
    return this.#leftToRight(() => this.#and(), 'name', ['or'])
  }

  #and(): Expression {
    return this.#leftToRight(() => this.#not(), 'name', ['and'])
  }

  #not(): Expression {
    if (!this.stream.skip('name', 'not')) return this.#comparison()
    this.enter()
    const operand = this.#not()
    this.leave()
    return { type: 'unary', operator: 'not', operand }
  }

  #comparison(): Expression {
    const first = this.#sum()
    const rest: [string, Expression][] = []
    for (;;) {
      if (this.stream.is('operator', ...comparisons)) rest.push([this.stream.next().value, this.#sum()])
      else if (this.stream.skip('name', 'in')) rest.push(['in', this.#sum()])
      else if (this.stream.is('name', 'not') && this.stream.isNext('name', 'in')) {
        this.stream.next()
        this.stream.next()
        rest.push(['not in', this.#sum()])
      } else return rest.length === 0 ? first : { type: 'compare', first, rest }
    }
  }

  #sum(): Expression {
    return this.#leftToRight(() => this.#concat(), 'operator', ['+', '-'])
  }

  #concat(): Expression {
    const parts = [this.#product()]
    while (this.stream.skip('operator', '~')) parts.push(this.#product())
    return parts.length === 1 ? parts[0] : { type: 'concat', parts }
  }

  #product(): Expression {
    return this.#leftToRight(() => this.#power(), 'operator', ['*', '/', '//', '%'])
  }

  #power(): Expression {
    return this.#leftToRight(() => this.#unary(true), 'operator', ['**'])
  }

  #leftToRight(operand: () => Expression, type: 'name' | 'operator', operators: readonly string[]): Expression {
    let left = operand()
    while (this.stream.is(type, ...operators)) left = { type: 'binary', operator: this.stream.next().value, left, right: operand() }
    return left
  }

  #unary(withFilters: boolean): Expression {
    this.enter()
    const signed = this.stream.is('operator', '-', '+')
    const operator = signed ? (this.stream.next().value as '-' | '+') : null
    const value: Expression = operator === null ? this.primary() : { type: 'unary', operator, operand: this.#unary(false) }
    const whole = this.postfix(value)
    this.leave()
    return withFilters ? this.filtered(whole) : whole
  }
}
