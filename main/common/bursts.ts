import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * Items in groups of up to `most` that arrive in the same turn of the event loop. The next item is already asked for while a group is used. An
 * error of the source comes after the items before it.
 */
export async function* bursts<Item>(items: AsyncIterable<Item> | Iterable<Item>, most: number): AsyncGenerator<Item[]> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  const ask = async (): Promise<IteratorResult<Item>> => source.next()
  let next = ask()
  try {
    for (let first = await next; !first.done; first = await next) {
      const group = [first.value]
      const turn = nextTurn(undefined)
      next = ask()
      while (group.length < most) {
        const another = await Promise.race([next.catch(() => undefined), turn])
        if (another === undefined || another.done) break
        group.push(another.value)
        next = ask()
      }
      next.catch(() => {}) // its error is thrown when its turn comes
      yield group
    }
  } finally {
    await source.return?.()
  }
}
