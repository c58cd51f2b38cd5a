import type { Statement } from './nodes.ts'
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

/**
 * Which of `varargs`, `kwargs` and `caller` a macro's body reads: the macro accepts extra arguments only if it does. As in Jinja2, nested
 * macros count too.
 */
export function collectedNames(body: readonly Statement[]): Set<string> {
  const found = new Set<string>()
  visit(body, found)
  return found
}

const special = new Set(['varargs', 'kwargs', 'caller'])

function visit(node: unknown, found: Set<string>): void {
  if (Array.isArray(node)) {
    for (const part of node) visit(part, found)
  } else if (typeof node === 'object' && node !== null && !(node instanceof Set)) {
    const { type, name } = node as { type?: string; name?: string }
    if (type === 'name' && name !== undefined && special.has(name)) found.add(name)
    for (const part of Object.values(node)) visit(part, found)
  }
}
