import { Undefined, type Value } from './values.ts'

/** Names and their values: those of a block, and of what is around it. */
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
