import { Undefined, type Value } from './values.ts'

/** Variables of a block and its enclosing scopes. */
export class Scope {
  readonly #values = new Map<string, Value>()
  readonly #outer: Scope | null

  constructor(outer: Scope | null = null) {
    this.#outer = outer
  }

  get(name: string): Value {
    for (let scope: Scope | null = this; scope !== null; scope = scope.#outer) {
      const value = scope.#values.get(name)
      if (value !== undefined) return value
    }
    return new Undefined(`'${name}'`)
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value)
  }
}
