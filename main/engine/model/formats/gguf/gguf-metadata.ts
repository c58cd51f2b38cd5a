import { badInput, type LaurelError } from '../../../../shared/errors.ts'

/** A GGUF file's key-value pairs, with type checks on access. Errors name the file and the key. */
export class GgufMetadata {
  readonly path: string
  readonly #values: Record<string, unknown>

  constructor(path: string, values: Record<string, unknown>) {
    this.path = path
    this.#values = values
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#values, key)
  }

  string(key: string): string {
    return this.optionalString(key) ?? this.#fail(key, 'is missing')
  }

  optionalString(key: string): string | undefined {
    const value = this.#get(key)
    return value === undefined || typeof value === 'string' ? value : this.#fail(key, 'is not a string')
  }

  number(key: string): number {
    return this.optionalNumber(key) ?? this.#fail(key, 'is missing')
  }

  optionalNumber(key: string): number | undefined {
    const value = this.#get(key)
    if (value === undefined) return undefined
    const number = typeof value === 'bigint' ? Number(value) : value
    return typeof number === 'number' && Number.isFinite(number) ? number : this.#fail(key, 'is not a number')
  }

  optionalBoolean(key: string): boolean | undefined {
    const value = this.#get(key)
    return value === undefined || typeof value === 'boolean' ? value : this.#fail(key, 'is not true or false')
  }

  strings(key: string): string[] {
    const values = this.#array(key)
    return values.every((value) => typeof value === 'string') ? values : this.#fail(key, 'is not a list of strings')
  }

  optionalNumbers(key: string): number[] | undefined {
    if (!this.has(key)) return undefined
    const values = this.#array(key)
    return values.every((value) => typeof value === 'number') ? values : this.#fail(key, 'is not a list of numbers')
  }

  #get(key: string): unknown {
    return this.has(key) ? this.#values[key] : undefined
  }

  #array(key: string): unknown[] {
    const value = this.#get(key)
    return Array.isArray(value) ? value : this.#fail(key, value === undefined ? 'is missing' : 'is not a list')
  }

  #fail(key: string, what: string): never {
    throw ggufError(this.path, `metadata ${key} ${what}`)
  }
}

/** Error for a GGUF file with invalid metadata. */
export const ggufError = (path: string, what: string): LaurelError =>
  badInput(`${path}: ${what}`, 'Download the file again, or use another one.')
