import { LaurelError } from '../../shared/errors.ts'

/** Maximum number of open texts. Readers don't report when they leave, so the oldest makes room. */
const mostOpen = 8

/** Texts that another thread reads piece by piece. */
export function openTexts() {
  const open = new Map<number, Iterator<string>>()
  let lastId = 0
  return {
    open(text: Iterable<string>): number {
      if (open.size >= mostOpen) open.delete(open.keys().next().value!)
      open.set(++lastId, text[Symbol.iterator]())
      return lastId
    },

    /** Null: end of text. Throws STOPPED if too many others have been opened since. */
    next(id: number): string | null {
      const text = open.get(id)
      if (text === undefined) throw new LaurelError('STOPPED', 'Too many exports are running at the same time.', 'Export it again.')
      const { done, value } = text.next()
      if (!done) return value
      open.delete(id)
      return null
    },
  }
}
