import { LaurelError } from '../../common/errors.ts'

/** How many texts may be read at a time; a reader that left does not say so, and the oldest makes room. */
const mostOpen = 8

/** Texts that are read piece by piece from another thread. */
export function openTexts() {
  const open = new Map<number, Iterator<string>>()
  let lastId = 0
  return {
    open(text: Iterable<string>): number {
      if (open.size >= mostOpen) open.delete(open.keys().next().value!)
      open.set(++lastId, text[Symbol.iterator]())
      return lastId
    },

    /** Null: that was all. Throws STOPPED where too many others were begun since. */
    next(id: number): string | null {
      const text = open.get(id)
      if (text === undefined) throw new LaurelError('STOPPED', 'Too many files are exported at a time.', 'Export it again.')
      const { done, value } = text.next()
      if (!done) return value
      open.delete(id)
      return null
    },
  }
}
