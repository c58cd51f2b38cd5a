import { ExpressionParser } from './expressions.ts'
import type { Expression, MacroBody, Parameter, Statement, Target } from './nodes.ts'
import { collectedNames } from './scope.ts'
import { TokenStream } from './token-stream.ts'
import { tokenize } from './tokens.ts'

const deepest = 100

/** Parse a template's statements. Throws TemplateError for invalid Jinja2, or features that chat templates don't use. */
export function parseTemplate(source: string): Statement[] {
  const stream = new TokenStream(tokenize(source))
  const body = new StatementParser(stream).until()
  if (!stream.isAtEnd) throw stream.error(`unexpected tag '${stream.current.value}'`)
  return body
}

class StatementParser {
  readonly #stream: TokenStream
  readonly #expressions: ExpressionParser
  #loops = 0
  #depth = 0

  constructor(stream: TokenStream) {
    this.#stream = stream
    this.#expressions = new ExpressionParser(stream)
  }

  /** Statements up to one of these tags. Skips the tag's opening and leaves its name to be read. */
  until(...ends: string[]): Statement[] {
    if (++this.#depth > deepest) throw this.#stream.error('blocks are nested too deeply')
    const statements: Statement[] = []
    while (!this.#stream.isAtEnd) {
      if (this.#stream.is('data')) statements.push({ type: 'text', text: this.#stream.next().value })
      else if (this.#stream.is('print-begin')) statements.push(this.#print())
      else {
        this.#stream.expect('block-begin')
        if (ends.length > 0 && this.#stream.is('name', ...ends)) {
          this.#depth--
          return statements
        }
        statements.push(this.#statement())
      }
    }
    if (ends.length > 0) throw this.#stream.error(`expected a tag '${ends.at(-1)}'`)
    this.#depth--
    return statements
  }

  /** A block's statements; skips its end tag. */
  #body(end: string): Statement[] {
    this.#stream.expect('block-end')
    const body = this.until(end)
    this.#stream.next()
    this.#stream.expect('block-end')
    return body
  }

  #print(): Statement {
    this.#stream.next()
    const value = this.#expressions.sequence()
    this.#stream.expect('print-end')
    return { type: 'print', value }
  }

  #statement(): Statement {
    const name = this.#stream.expect('name').value
    switch (name) {
      case 'if':
        return this.#if()
      case 'for':
        return this.#for()
      case 'set':
        return this.#set()
      case 'macro':
        return this.#macro()
      case 'call':
        return this.#call()
      case 'filter':
        return this.#filter()
      case 'with':
        return this.#with()
      case 'generation':
        return { type: 'scope', body: this.#body('endgeneration') }
      case 'break':
      case 'continue':
        if (this.#loops === 0) throw this.#stream.error(`'${name}' outside of a loop`)
        this.#stream.expect('block-end')
        return { type: name }
      default:
        throw this.#stream.error(`the tag '${name}' is not supported in chat templates`)
    }
  }

  #if(): Statement {
    const test = this.#expressions.sequence()
    this.#stream.expect('block-end')
    const body = this.until('elif', 'else', 'endif')
    const tag = this.#stream.next().value
    if (tag === 'elif') return { type: 'if', test, body, otherwise: [this.#if()] }
    const otherwise = tag === 'else' ? this.#body('endif') : this.#close()
    return { type: 'if', test, body, otherwise }
  }

  #close(): Statement[] {
    this.#stream.expect('block-end')
    return []
  }

  #for(): Statement {
    const target = this.#targets('in')
    this.#stream.expect('name', 'in')
    const items = this.#expressions.withoutCondition()
    const condition = this.#stream.skip('name', 'if') ? this.#expressions.expression() : null
    const isRecursive = this.#stream.skip('name', 'recursive')
    this.#stream.expect('block-end')
    this.#loops++
    const body = this.until('endfor', 'else')
    this.#loops--
    const otherwise = this.#stream.next().value === 'else' ? this.#body('endfor') : this.#close()
    return { type: 'for', target, items, condition, isRecursive, body, otherwise }
  }

  /** One or more comma-separated targets, up to `end`. */
  #targets(end: string): Target {
    const items = [this.#target()]
    let isTuple = false
    while (this.#stream.skip('operator', ',')) {
      isTuple = true
      if (this.#stream.is('name', end) || this.#stream.is('operator', end, ')')) break
      items.push(this.#target())
    }
    return isTuple ? { type: 'tuple', items } : items[0]
  }

  #target(): Target {
    if (this.#stream.skip('operator', '(')) {
      const target = this.#targets(')')
      this.#stream.expect('operator', ')')
      return target
    }
    const name = this.#stream.expect('name').value
    if (!this.#stream.skip('operator', '.')) return { type: 'name', name }
    return { type: 'namespace', name, attribute: this.#stream.expect('name').value }
  }

  #set(): Statement {
    const target = this.#targets('=')
    if (this.#stream.skip('operator', '=')) {
      const value = this.#expressions.sequence()
      this.#stream.expect('block-end')
      return { type: 'set', target, value }
    }
    const filter = this.#stream.is('operator', '|') ? this.#expressions.filtered(null) : null
    return { type: 'set-block', target, filter, body: this.#body('endset') }
  }

  #macro(): Statement {
    const name = this.#stream.expect('name').value
    const parameters = this.#parameters()
    return { type: 'macro', macro: this.#callable(name, parameters, 'endmacro') }
  }

  #call(): Statement {
    const parameters = this.#stream.is('operator', '(') ? this.#parameters() : []
    const call = this.#expressions.expression()
    if (call.type !== 'call') throw this.#stream.error('expected a call')
    return { type: 'call-block', call, caller: this.#callable('caller', parameters, 'endcall') }
  }

  #callable(name: string, parameters: readonly Parameter[], end: string): MacroBody {
    const loops = this.#loops
    this.#loops = 0
    const body = this.#body(end)
    this.#loops = loops
    return { name, parameters, body, collects: collectedNames(body) }
  }

  #parameters(): Parameter[] {
    this.#stream.expect('operator', '(')
    const parameters: Parameter[] = []
    while (!this.#stream.is('operator', ')')) {
      const name = this.#stream.expect('name').value
      const defaultValue: Expression | null = this.#stream.skip('operator', '=') ? this.#expressions.expression() : null
      if (defaultValue === null && parameters.at(-1)?.defaultValue)
        throw this.#stream.error('non-default argument follows default argument')
      parameters.push({ name, defaultValue })
      if (!this.#stream.skip('operator', ',')) break
    }
    this.#stream.expect('operator', ')')
    return parameters
  }

  #filter(): Statement {
    const filter = this.#expressions.filtered(this.#expressions.filter(null))
    return { type: 'filter-block', filter, body: this.#body('endfilter') }
  }

  #with(): Statement {
    const assignments: [Target, Expression][] = []
    while (!this.#stream.is('block-end')) {
      const target = this.#target()
      this.#stream.expect('operator', '=')
      assignments.push([target, this.#expressions.expression()])
      if (!this.#stream.skip('operator', ',')) break
    }
    return { type: 'with', assignments, body: this.#body('endwith') }
  }
}
