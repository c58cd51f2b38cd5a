import { TemplateError } from './budget.ts'
import { pythonSpace, unescapeString, withoutEnd } from './python-text.ts'

/** A template token: text outside tags (`data`), tag delimiters, and the tokens inside tags. */
export interface Token {
  readonly type: 'data' | 'block-begin' | 'block-end' | 'print-begin' | 'print-end' | 'name' | 'string' | 'integer' | 'float' | 'operator'
  readonly value: string
  readonly line: number
}

const spaces = new RegExp(`[${pythonSpace}]+`, 'y')
const onlySpaces = new RegExp(`^[${pythonSpace}]*$`)
const opening = /\{(?:%|\{|#)([-+]?)/g
const rawOpening = new RegExp(`\\{%[-+]?[${pythonSpace}]*raw[${pythonSpace}]*(?:-%\\}[${pythonSpace}]*|%\\})`, 'y')
const rawClosing = new RegExp(`\\{%([-+]?)[${pythonSpace}]*endraw[${pythonSpace}]*(?:\\+%\\}|-%\\}[${pythonSpace}]*|%\\}\\n?)`, 'g')
const commentEnd = new RegExp(`\\+#\\}|-#\\}[${pythonSpace}]*|#\\}\\n?`, 'g')
const blockEnd = new RegExp(`\\+%\\}|-%\\}[${pythonSpace}]*|%\\}\\n?`, 'y')
const printEnd = new RegExp(`-\\}\\}[${pythonSpace}]*|\\}\\}`, 'y')

const inside: readonly (readonly [Token['type'], RegExp])[] = [
  ['float', /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy],
  ['integer', /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy],
  ['name', /[\p{L}\p{Nl}_][\p{L}\p{N}\p{M}\p{Pc}_]*/uy],
  ['string', /'[^'\\]*(?:\\[\s\S][^'\\]*)*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y],
  ['operator', /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y],
]
const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/**
 * Tokenize a template like Jinja2 with `trim_blocks` and `lstrip_blocks` (transformers' settings). All line ends become `\n`. A final line
 * end, the line end after a block or comment, and spaces between the start of a line and a block or comment are dropped.
 */
export function tokenize(template: string): Token[] {
  return new Lexer(template.replaceAll(/\r\n|\r/g, '\n').replace(/\n$/, '')).run()
}

class Lexer {
  readonly #source: string
  readonly #tokens: Token[] = []
  #at = 0
  #startsLine = true // the previous token ended with a line end
  #line = 1
  #counted = 0

  constructor(source: string) {
    this.#source = source
  }

  run(): Token[] {
    for (;;) {
      opening.lastIndex = this.#at
      const found = opening.exec(this.#source)
      if (found === null) {
        this.#add('data', this.#source.slice(this.#at))
        return this.#tokens
      }
      const kind = found[0][1]
      this.#data(this.#source.slice(this.#at, found.index), found[1], kind !== '{')
      this.#at = found.index
      if (kind === '%' && this.#match(rawOpening)) this.#raw()
      else {
        this.#moveTo(this.#at + found[0].length)
        if (kind === '#') this.#comment()
        else this.#tag(kind === '{')
      }
    }
  }

  /** Text before a tag, stripped as the tag requests. */
  #data(text: string, sign: string, mayStrip: boolean): void {
    if (sign === '-') {
      this.#add('data', withoutEnd(text))
      return
    }
    const lineStart = text.lastIndexOf('\n') + 1
    const isStripped = sign !== '+' && mayStrip && (lineStart > 0 || this.#startsLine) && onlySpaces.test(text.slice(lineStart))
    this.#add('data', isStripped ? text.slice(0, lineStart) : text)
  }

  #comment(): void {
    commentEnd.lastIndex = this.#at
    if (commentEnd.exec(this.#source) === null) throw this.#error('a comment is not closed')
    this.#moveTo(commentEnd.lastIndex)
  }

  #raw(): void {
    rawClosing.lastIndex = this.#at
    const found = rawClosing.exec(this.#source)
    if (found === null) throw this.#error('a raw block is not closed')
    this.#data(this.#source.slice(this.#at, found.index), found[1], true)
    this.#moveTo(rawClosing.lastIndex)
  }

  #tag(isPrint: boolean): void {
    this.#add(isPrint ? 'print-begin' : 'block-begin', '')
    const open: string[] = []
    for (;;) {
      if (open.length === 0 && this.#match(isPrint ? printEnd : blockEnd)) {
        this.#add(isPrint ? 'print-end' : 'block-end', '')
        return
      }
      if (this.#match(spaces)) continue
      if (this.#at >= this.#source.length) throw this.#error('a tag is not closed')
      const [type, text] = this.#inside()
      if (type === 'operator') this.#balance(text, open)
      this.#add(type, type === 'string' ? unescapeString(text.slice(1, -1)) : text)
    }
  }

  #inside(): readonly [Token['type'], string] {
    for (const [type, pattern] of inside) {
      const text = this.#match(pattern)
      if (text !== undefined) return [type, text]
    }
    throw this.#error(`an unexpected character ${JSON.stringify(String.fromCodePoint(this.#source.codePointAt(this.#at)!))}`)
  }

  #balance(operator: string, open: string[]): void {
    if (operator in closers) open.push(closers[operator])
    else if (Object.values(closers).includes(operator) && open.pop() !== operator) throw this.#error(`an unexpected '${operator}'`)
  }

  /** Match the sticky pattern here and advance past it. */
  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#source)?.[0]
    if (found !== undefined) this.#moveTo(this.#at + found.length)
    return found
  }

  #moveTo(place: number): void {
    this.#at = place
    this.#startsLine = this.#source[place - 1] === '\n'
  }

  #add(type: Token['type'], value: string): void {
    for (; this.#counted < this.#at; this.#counted++) if (this.#source[this.#counted] === '\n') this.#line++
    if (type !== 'data' || value !== '') this.#tokens.push({ type, value, line: this.#line })
  }

  #error(what: string): TemplateError {
    this.#add('data', '')
    return new TemplateError(`line ${this.#line}: ${what}`)
  }
}
