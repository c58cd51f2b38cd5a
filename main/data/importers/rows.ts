import type { JsonLine } from '../../common/jsonl.ts'
import type { Format, Imported, LeftOut } from '../imported.ts'
import { BadRow, type Fields, fieldsOf, UnwantedRow } from './fields.ts'

/** What an importer has to say besides its rows. */
export interface Notes {
  readonly rejected: LeftOut[]
  readonly skipped: LeftOut[]
  /** Fields that were not read, and in how many rows. */
  readonly unread: Map<string, number>
  /** What was done with some rows that they don't say themselves, and with how many. */
  readonly told: Map<string, number>
}

export const newNotes = (): Notes => ({ rejected: [], skipped: [], unread: new Map(), told: new Map() })

/** Count a row for a remark. `{}` in it is where the number of rows goes. */
export const tell = (notes: Notes, remark: string): void => void notes.told.set(remark, (notes.told.get(remark) ?? 0) + 1)

/** Read one row or part of one; undefined where it is not used, which is noted. */
export function attempt<T>(line: number, notes: Notes, read: () => T): T | undefined {
  try {
    return read()
  } catch (thrown) {
    if (!(thrown instanceof BadRow)) throw thrown
    const leftOut = thrown instanceof UnwantedRow ? notes.skipped : notes.rejected
    leftOut.push({ line, reason: thrown.message })
    return undefined
  }
}

/** Put the name of a part of a row before the reason why it is bad. */
export function within<T>(part: string, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    throw thrown instanceof BadRow && !(thrown instanceof UnwantedRow) ? new BadRow(`${part}: ${thrown.message}`) : thrown
  }
}

/** What a text alone can't say: a row with such a thing would lose what its texts are about. */
const media = ['image', 'images', 'video', 'videos', 'audio', 'audios']

/** Read every row that is an object; the good ones come back in order. */
export function readRows<T>(rows: readonly JsonLine[], notes: Notes, read: (fields: Fields, line: number) => T): T[] {
  const good: T[] = []
  for (const { line, value } of rows) {
    const row = attempt(line, notes, () => {
      const fields = fieldsOf(value, 'the row')
      const result = read(fields, line)
      const unread = fields.unread()
      const medium = unread.find((name) => media.includes(name.toLowerCase()))
      if (medium !== undefined) throw new BadRow(`it comes with "${medium}", and only texts are read`)
      for (const name of new Set(unread)) notes.unread.set(name, (notes.unread.get(name) ?? 0) + 1)
      return { result }
    })
    if (row !== undefined) good.push(row.result)
  }
  return good
}

/** What a file holds, from the lists its importer fills. */
export const importedAs = (
  format: Format,
  notes: Notes,
  lists: Partial<Pick<Imported, 'instructions' | 'ranked' | 'preferences' | 'prompts'>>,
): Imported => ({
  ...{ format, instructions: [], ranked: [], preferences: [], prompts: [], ...lists },
  ...{ rejected: notes.rejected, skipped: notes.skipped, notes: remarks(notes, (lists.instructions ?? []).length > 0) },
})

/** How many fields are named one by one. */
const namedFields = 40

/** Fields that say how good an answer is. */
const verdicts =
  /(^|[_.\s])(scores?|ratings?|labels?|rewards?|votes?|stars?|feedback|thumbs?|quality|helpfulness|correct|correctness|preference|rank|grade|upvotes|downvotes|accepted|kto_tag)($|[_.\s])/i

function remarks({ told, unread }: Notes, hasInstructions: boolean): string[] {
  const fields = [...unread].slice(0, namedFields).map(([name, count]) => {
    const imitated = hasInstructions && verdicts.test(name) ? ': every response is read as one to imitate, whatever it says' : ''
    return `The field "${name}" is not used (${rowCount(count)})${imitated}.`
  })
  const further = unread.size - namedFields
  return [
    ...[...told].map(([remark, count]) => remark.replace('{}', rowCount(count))),
    ...fields,
    ...(further > 0 ? [`${further} more fields are not used.`] : []),
  ]
}

const rowCount = (count: number): string => `${count} ${count === 1 ? 'row' : 'rows'}`
