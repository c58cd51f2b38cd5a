import { TemplateError } from './budget.ts'
import type { Argument, Expression } from './nodes.ts'
import type { TokenStream } from './token-stream.ts'

const deepest = 200

/** Parses operands: literals, names, and their suffixes (attributes, calls, filters, tests). */
export abstract class OperandParser {
  protected readonly stream: TokenStream
  #depth = 0

  constructor(stream: TokenStream) {
    this.stream = stream
  }

  /** An expression, including `x if y else z`. */
  abstract expression(): Expression

  /** An expression, or a tuple of comma-separated ones. */
  abstract sequence(): Expression

  protected enter(): void {
    if (++this.#depth > deepest) throw this.stream.error('expressions are nested too deeply')
  }

  protected leave(): void {
    this.#depth--
  }

  protected primary(): Expression {
    const token = this.stream.next()
    const digits = token.value.replaceAll('_', '')
    switch (token.type) {
      case 'name':
        return named(token.value)
      case 'string': {
        let value = token.value
        while (this.stream.is('string')) value += this.stream.next().value
        return { type: 'constant', value }
      }
      case 'integer':
        if (!Number.isSafeInteger(Number(digits))) throw new TemplateError(`the number ${token.value} is too large`)
        return { type: 'constant', value: Number(digits) }
      case 'float':
        return { type: 'float', value: Number(digits) }
      default:
        if (token.type === 'operator' && token.value === '(') return this.#parenthesised()
        if (token.type === 'operator' && token.value === '[') return this.#list()
        if (token.type === 'operator' && token.value === '{') return this.#dict()
        throw this.stream.error(`unexpected ${token.value === '' ? token.type : `'${token.value}'`}`)
    }
  }

  #parenthesised(): Expression {
    if (this.stream.skip('operator', ')')) return { type: 'tuple', items: [] }
    const value = this.sequence()
    this.stream.expect('operator', ')')
    return value
  }

  #list(): Expression {
    const items: Expression[] = []
    while (!this.stream.is('operator', ']')) {
      items.push(this.expression())
      if (!this.stream.skip('operator', ',')) break
    }
    this.stream.expect('operator', ']')
    return { type: 'list', items }
  }

  #dict(): Expression {
    const entries: [Expression, Expression][] = []
    while (!this.stream.is('operator', '}')) {
      const key = this.expression()
      this.stream.expect('operator', ':')
      entries.push([key, this.expression()])
      if (!this.stream.skip('operator', ',')) break
    }
    this.stream.expect('operator', '}')
    return { type: 'dict', entries }
  }

  protected postfix(start: Expression): Expression {
    let value = start
    for (;;) {
      if (this.stream.skip('operator', '.')) value = this.#attribute(value)
      else if (this.stream.skip('operator', '[')) value = this.#subscript(value)
      else if (this.stream.is('operator', '(')) value = { type: 'call', callee: value, args: this.arguments() }
      else return value
    }
  }

  #attribute(object: Expression): Expression {
    if (this.stream.is('integer')) return { type: 'item', object, key: { type: 'constant', value: Number(this.stream.next().value) } }
    return { type: 'attribute', object, name: this.stream.expect('name').value }
  }

  #subscript(object: Expression): Expression {
    const start = this.stream.is('operator', ':') ? null : this.expression()
    if (!this.stream.skip('operator', ':')) {
      if (this.stream.is('operator', ',')) throw this.stream.error('several keys in one pair of brackets')
      this.stream.expect('operator', ']')
      return { type: 'item', object, key: start! }
    }
    const part = () => (this.stream.is('operator', ':', ']') ? null : this.expression())
    const stop = part()
    const step = this.stream.skip('operator', ':') ? part() : null
    this.stream.expect('operator', ']')
    return { type: 'slice', object, start, stop, step }
  }

  /** Suffixes of a value: filters, tests, and calls of their results. */
  filtered(start: Expression | null): Expression {
    let value = start
    for (;;) {
      if (this.stream.skip('operator', '|')) value = this.filter(value)
      else if (value !== null && this.stream.skip('name', 'is')) value = this.#test(value)
      else if (value !== null && this.stream.is('operator', '(')) value = { type: 'call', callee: value, args: this.arguments() }
      else if (value === null) throw this.stream.error('expected a filter')
      else return value
    }
  }

  /** A filter, starting at its name. `operand` null: the text of a block. */
  filter(operand: Expression | null): Expression {
    const name = this.#dotted()
    return { type: 'filter', operand, name, args: this.stream.is('operator', '(') ? this.arguments() : [] }
  }

  #dotted(): string {
    let name = this.stream.expect('name').value
    while (this.stream.skip('operator', '.')) name += `.${this.stream.expect('name').value}`
    return name
  }

  #test(operand: Expression): Expression {
    const isNegated = this.stream.skip('name', 'not')
    const name = this.#dotted()
    const test: Expression = { type: 'test', operand, name, args: this.#testArguments() }
    return isNegated ? { type: 'unary', operator: 'not', operand: test } : test
  }

  #testArguments(): readonly Argument[] {
    if (this.stream.is('operator', '(')) return this.arguments()
    const hasArgument =
      this.stream.is('string') ||
      this.stream.is('integer') ||
      this.stream.is('float') ||
      this.stream.is('operator', '[', '{') ||
      (this.stream.is('name') && !this.stream.is('name', 'else', 'or', 'and'))
    if (!hasArgument) return []
    if (this.stream.is('name', 'is')) throw this.stream.error("tests can't be chained with is")
    return [{ kind: 'positional', value: this.postfix(this.primary()) }]
  }

  /** The arguments of a call, including parentheses. */
  arguments(): Argument[] {
    this.stream.expect('operator', '(')
    const args: Argument[] = []
    while (!this.stream.is('operator', ')')) {
      args.push(this.#argument())
      if (!this.stream.skip('operator', ',')) break
    }
    this.stream.expect('operator', ')')
    const kinds = args.map(({ kind }) => kind)
    const firstNamed = kinds.findIndex((kind) => kind === 'named' || kind === 'spread-named')
    if (firstNamed !== -1 && kinds.includes('positional', firstNamed)) throw this.stream.error('a positional argument follows a named one')
    return args
  }

  #argument(): Argument {
    if (this.stream.skip('operator', '**')) return { kind: 'spread-named', value: this.expression() }
    if (this.stream.skip('operator', '*')) return { kind: 'spread', value: this.expression() }
    if (!this.stream.is('name') || !this.stream.isNext('operator', '=')) return { kind: 'positional', value: this.expression() }
    const name = this.stream.next().value
    this.stream.next()
    return { kind: 'named', name, value: this.expression() }
  }
}

const constants: ReadonlyMap<string, boolean | null> = new Map([
  ...(['true', 'True'].map((name) => [name, true]) as [string, boolean][]),
  ...(['false', 'False'].map((name) => [name, false]) as [string, boolean][]),
  ...(['none', 'None'].map((name) => [name, null]) as [string, null][]),
])

const named = (name: string): Expression =>
  constants.has(name) ? { type: 'constant', value: constants.get(name)! } : { type: 'name', name }
