import type { RecipeDocument } from '../../../main/shared/contract/new-run-contract.ts'

/** Reads, changes, and compares a recipe's values by key ("prompts.count"). */

const isGroup = (value: unknown): value is RecipeDocument => typeof value === 'object' && value !== null && !Array.isArray(value)

export const valueAt = (document: RecipeDocument, key: string): unknown =>
  key.split('.').reduce<unknown>((at, part) => (isGroup(at) && Object.hasOwn(at, part) ? at[part] : undefined), document)

/** A copy with one value changed. Missing parent groups are created. */
export function withValue(document: RecipeDocument, key: string, value: unknown): RecipeDocument {
  const [first, ...rest] = key.split('.')
  if (rest.length === 0) return { ...document, [first]: value }
  const inner = document[first]
  return { ...document, [first]: withValue(isGroup(inner) ? inner : {}, rest.join('.'), value) }
}

export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The values that differ from another document's, by key. A group that the other lacks counts as one value. */
export function changesOf(document: RecipeDocument, base: RecipeDocument, prefix = ''): { key: string; value: unknown }[] {
  return Object.entries(document).flatMap(([name, value]) => {
    const key = `${prefix}${name}`
    const before = base[name]
    if (isGroup(value) && isGroup(before)) return changesOf(value, before, `${key}.`)
    return isSame(value, before) ? [] : [{ key, value }]
  })
}

/** The command that creates the same run in a terminal. */
export function commandOf(shipped: string, document: RecipeDocument, base: RecipeDocument, name: string): string {
  const set = changesOf(document, base)
    .filter(({ key }) => key !== 'name' && key !== 'description')
    .map(({ key, value }) => `--set ${quoted(`${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)}`)
  const named = name.trim() === '' ? [] : [`--name ${quoted(name.trim())}`]
  return ['laurel run new', `--recipe ${shipped}`, ...named, ...set].join(' ')
}

/** Quotes an argument for a POSIX shell. */
const quoted = (text: string): string => (/^[\w./:=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
