/**
 * A list or an object as Python prints it, which is how pandas and the datasets library write one into a table's cell: single quotation
 * marks, None, True, and, of NumPy's arrays, no commas between a list's entries. Throws a SyntaxError for anything else.
 */
export function pythonLiteral(text: string): unknown {
  const literal = new Literal(text)
  const value = literal.value()
  literal.end()
  return value
}

const words: Readonly<Record<string, unknown>> = { None: null, True: true, False: false, nan: null, inf: null }
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v', 0: '\0' }
/** Deeper lists are no data. */
const deepest = 100

class Literal {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): unknown {
    this.#taken(/\s*/y)
    if (++this.#depth > deepest) throw this.#unexpected()
    const inner = this.#array() ?? this.#list() ?? this.#dict() ?? { is: this.#scalar() }
    this.#depth--
    return inner.is
  }

  end(): void {
    this.#taken(/\s*/y)
    if (this.#at < this.#text.length) throw this.#unexpected()
  }

  /** `array([...], dtype=object)` */
  #array(): { is: unknown } | undefined {
    if (this.#taken(/array\(/y) === undefined) return undefined
    const is = this.value()
    if (this.#taken(/\s*(?:,\s*dtype=[\w.<>']+\s*)?\)/y) === undefined) throw this.#unexpected()
    return { is }
  }

  #list(): { is: unknown[] } | undefined {
    const close = this.#taken(/\[/y) !== undefined ? /\s*\]/y : this.#taken(/\(/y) !== undefined ? /\s*\)/y : undefined
    if (close === undefined) return undefined
    const is: unknown[] = []
    while (this.#taken(close) === undefined) {
      is.push(this.value())
      this.#taken(/\s*,/y)
    }
    return { is }
  }

  #dict(): { is: Record<string, unknown> } | undefined {
    if (this.#taken(/\{/y) === undefined) return undefined
    const entries: [string, unknown][] = []
    while (this.#taken(/\s*\}/y) === undefined) {
      this.#taken(/\s*/y)
      const name = this.#string()
      if (name === undefined || this.#taken(/\s*:/y) === undefined) throw this.#unexpected()
      entries.push([name, this.value()])
      if (this.#taken(/\s*,/y) === undefined && !/\s*\}/y.test(this.#text.slice(this.#at))) throw this.#unexpected()
    }
    return { is: Object.fromEntries(entries) }
  }

  #scalar(): unknown {
    const text = this.#string()
    if (text !== undefined) return text
    const number = this.#taken(/-?\d+(?:\.\d*)?(?:e[+-]?\d+)?(?![\w.])/iy)
    if (number !== undefined) return Number(number)
    const word = this.#taken(/-?(?:None|True|False|nan|inf)(?!\w)/y)
    if (word === undefined) throw this.#unexpected()
    return words[word.replace('-', '')]
  }

  #string(): string | undefined {
    const quoted = this.#taken(/'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/y)
    return quoted?.slice(1, -1).replace(/\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\s\S]))/g, unescaped)
  }

  #taken(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    this.#at += found?.length ?? 0
    return found
  }

  #unexpected = (): SyntaxError => new SyntaxError(`not a Python literal at ${this.#at}`)
}

function unescaped(whole: string, x?: string, u?: string, wide?: string, character = ''): string {
  const code = x ?? u ?? wide
  if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16))
  if (character === '\n') return ''
  return escapes[character] ?? (/['"\\]/.test(character) ? character : whole)
}
