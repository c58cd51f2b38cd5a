import { TemplateError } from './budget.ts'
import type { Token } from './tokens.ts'

const end: Token = { type: 'data', value: '', line: 0 }

/** A token reader with one token of lookahead. */
export class TokenStream {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  get current(): Token {
    return this.#tokens[this.#at] ?? end
  }

  next(): Token {
    const token = this.current
    this.#at++
    return token
  }

  is(type: Token['type'], ...values: string[]): boolean {
    const { current } = this
    return !this.isAtEnd && current.type === type && (values.length === 0 || values.includes(current.value))
  }

  /** Skip the current token if it matches. */
  skip(type: Token['type'], value: string): boolean {
    const isIt = this.is(type, value)
    if (isIt) this.#at++
    return isIt
  }

  expect(type: Token['type'], value?: string): Token {
    if (value === undefined ? this.is(type) : this.is(type, value)) return this.next()
    throw this.error(`expected ${value === undefined ? type : `'${value}'`}, got ${this.#described()}`)
  }

  error(message: string): TemplateError {
    const { line } = this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] ?? end
    return new TemplateError(`line ${line}: ${message}`)
  }

  /** Whether the token after the current one matches. */
  isNext(type: Token['type'], value: string): boolean {
    const token = this.#tokens[this.#at + 1]
    return token?.type === type && token.value === value
  }

  #described(): string {
    if (this.isAtEnd) return 'the end of the template'
    return this.current.value === '' ? this.current.type : `'${this.current.value}'`
  }
}
