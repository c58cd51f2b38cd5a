import type { JsonLine } from '../../common/jsonl.ts'
import type { DataFormat } from '../../shared/enums.ts'
import type { Imported, LeftOut } from '../imported.ts'
import { BadRow, type Fields, fieldsOf, UnwantedRow } from './fields.ts'

/** An importer's output besides its rows. */
export interface Notes {
  readonly rejected: LeftOut[]
  readonly skipped: LeftOut[]
  /** Unread fields, with the number of rows. */
  readonly unread: Map<string, number>
  /** Remarks on how rows were interpreted, with the number of rows. */
  readonly told: Map<string, number>
}

export const newNotes = (): Notes => ({ rejected: [], skipped: [], unread: new Map(), told: new Map() })

/** Counts a row for a remark, in which `{}` stands for the number of rows. */
export const tell = (notes: Notes, remark: string): void => void notes.told.set(remark, (notes.told.get(remark) ?? 0) + 1)

/** Reads a row or a part of one; undefined if it isn't used, which is noted. */
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

/** Prefixes an error reason with the name of the row's part. */
export function within<T>(part: string, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    throw thrown instanceof BadRow && !(thrown instanceof UnwantedRow) ? new BadRow(`${part}: ${thrown.message}`) : thrown
  }
}

/** Fields of nontext content: without it, the row's text would lose its subject. */
const media = ['image', 'images', 'video', 'videos', 'audio', 'audios']

/** Reads every row that is an object, and returns the valid ones in order. */
export function readRows<T>(rows: readonly JsonLine[], notes: Notes, read: (fields: Fields, line: number) => T): T[] {
  const good: T[] = []
  for (const { line, value } of rows) {
    const row = attempt(line, notes, () => {
      const fields = fieldsOf(value, 'the row')
      const result = read(fields, line)
      const unread = fields.unread()
      const medium = unread.find((name) => media.includes(name.toLowerCase()))
      if (medium !== undefined) throw new BadRow(`it has "${medium}", but only text is supported`)
      for (const name of new Set(unread)) notes.unread.set(name, (notes.unread.get(name) ?? 0) + 1)
      return { result }
    })
    if (row !== undefined) good.push(row.result)
  }
  return good
}

/** A file's contents, from the lists that its importer filled. */
export const importedAs = (
  format: DataFormat,
  notes: Notes,
  { unwanted = [], ...lists }: Partial<Pick<Imported, 'instructions' | 'ranked' | 'preferences' | 'prompts' | 'requirements' | 'unwanted'>>,
): Imported => ({
  ...{ format, instructions: [], ranked: [], preferences: [], prompts: [], ...lists, ...(unwanted.length > 0 && { unwanted }) },
  ...{ rejected: notes.rejected, skipped: notes.skipped, notes: remarks(notes, imitatesAll(lists)) },
})

/** Whether every response is an example to imitate; of ranked answers, only the best ones are. */
const imitatesAll = ({ instructions = [], ranked = [] }: Partial<Pick<Imported, 'instructions' | 'ranked'>>): boolean =>
  instructions.length > 0 && ranked.length === 0

/** How many fields to list by name. */
const namedFields = 40

/** Fields that rate an answer. */
const verdicts =
  /(^|[_.\s])(scores?|ratings?|labels?|rewards?|votes?|stars?|feedback|thumbs?|quality|helpfulness|correct|correctness|preference|rank|grade|upvotes|downvotes|accepted|kto_tag)($|[_.\s])/i

function remarks({ told, unread }: Notes, imitates: boolean): string[] {
  const fields = [...unread].slice(0, namedFields).map(([name, count]) => {
    const imitated = imitates && verdicts.test(name) ? ', so every response is used as an example regardless of its value' : ''
    return `The field "${name}" isn't used (${rowCount(count)})${imitated}.`
  })
  const further = unread.size - namedFields
  return [
    ...[...told].map(([remark, count]) => remark.replace('{}', rowCount(count))),
    ...fields,
    ...(further > 0 ? [`${further} more fields aren't used.`] : []),
  ]
}

const rowCount = (count: number): string => `${count} ${count === 1 ? 'row' : 'rows'}`
