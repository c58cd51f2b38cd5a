import { TemplateError } from './budget.ts'
import { isEqual } from './compare.ts'
import { bind } from './macro.ts'
import { Callable, type Loop, Undefined, type Value } from './values.ts'

/** The `loop` object of a for block, advanced by the interpreter. */
export class ForLoop implements Loop {
  readonly isLoop = true
  index0 = 0
  readonly #items: readonly Value[]
  readonly #depth0: number
  readonly #recurse: ((items: Value) => Value) | null
  #changedBefore: readonly Value[] | null = null

  /** `recurse`: implements `loop(items)` if the block is recursive. */
  constructor(items: readonly Value[], depth0: number, recurse: ((items: Value) => Value) | null) {
    this.#items = items
    this.#depth0 = depth0
    this.#recurse = recurse
  }

  recurse(items: Value): Value {
    if (this.#recurse === null) throw new TemplateError("The loop must have the 'recursive' marker to be called recursively.")
    return this.#recurse(items)
  }

  attribute(name: string): Value | undefined {
    const { length } = this.#items
    switch (name) {
      case 'index':
        return this.index0 + 1
      case 'index0':
        return this.index0
      case 'revindex':
        return length - this.index0
      case 'revindex0':
        return length - this.index0 - 1
      case 'first':
        return this.index0 === 0
      case 'last':
        return this.index0 === length - 1
      case 'length':
        return length
      case 'depth':
        return this.#depth0 + 1
      case 'depth0':
        return this.#depth0
      case 'previtem':
        return this.#items[this.index0 - 1] ?? new Undefined('there is no previous item; it')
      case 'nextitem':
        return this.#items[this.index0 + 1] ?? new Undefined('there is no next item; it')
      case 'cycle':
        return new Callable('cycle', ({ positional }) => {
          if (positional.length === 0) throw new TemplateError('no items for cycling given')
          return positional[this.index0 % positional.length]
        })
      case 'changed':
        return new Callable('changed', ({ positional }) => this.#isChanged(positional))
      default:
        return undefined
    }
  }

  #isChanged(values: readonly Value[]): boolean {
    const before = this.#changedBefore
    this.#changedBefore = values
    return before === null || before.length !== values.length || values.some((value, i) => !isEqual(value, before[i]))
  }
}

/** Jinja2's `cycler` and `joiner`. */
export const cycler = new Callable('cycler', ({ positional }) => {
  if (positional.length === 0) throw new TemplateError('at least one item has to be provided')
  let at = 0
  const next = new Callable('next', () => {
    const value = positional[at]
    at = (at + 1) % positional.length
    return value
  })
  const reset = new Callable('reset', () => {
    at = 0
    return null
  })
  return new Callable(
    'cycler',
    () => null,
    new Map([
      ['next', next],
      ['reset', reset],
    ]),
  )
})

export const joiner = new Callable('joiner', (args) => {
  const [separator = ', '] = bind('joiner', args, ['sep'])
  let isFirst = true
  return new Callable('joiner', () => {
    const text = isFirst ? '' : separator
    isFirst = false
    return text
  })
})
