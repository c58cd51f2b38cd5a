import { isObject } from '../../shared/is-object.ts'

/** The fields of responses that are compared: `response_a` and `response_b`, `answer1` and `answer2`, ... */
export interface Sides {
  readonly names: readonly string[]
}

/** A name without capitals and separators. */
export const plainSide = (name: string): string => name.toLowerCase().replace(/[-_\s.]+/g, '')

const numbered = /^(.*?[a-z])[-_ ]?(\d+|[a-d])$/i
/** What isn't compared, even if it is numbered. */
const notResponses = /^(prompt|instruction|question|query|input|context|score|rank|rating|model|generator)$/

/** The largest group of at least two fields whose names differ only in a number or letter at the end. */
export function sidesOf(names: readonly string[]): Sides | undefined {
  const groups = Map.groupBy(
    names.flatMap((name) => {
      const [, base] = numbered.exec(name) ?? []
      return base === undefined || notResponses.test(plainSide(base)) ? [] : [{ base: plainSide(base), name }]
    }),
    ({ base }) => base,
  )
  const largest = [...groups.values()].reduce<readonly { name: string }[]>((most, one) => (one.length > most.length ? one : most), [])
  return largest.length < 2 ? undefined : { names: largest.map(({ name }) => name).sort() }
}

/**
 * The side that a value names: by its field's name or the end of it, as left or right, or as a tool's {selected}. Null: neither. Undefined:
 * it names no side.
 */
export function sideNamed(value: unknown, { names }: Sides): string | null | undefined {
  if (isObject(value) && 'selected' in value) return sideNamed(value.selected, { names })
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const said = plainSide(String(value))
  if (/^(tie|both|bothbad|bothgood|neither|none|equal|same|draw)/.test(said)) return null
  if (names.length === 2 && /^(left|first)$/.test(said)) return names[0]
  if (names.length === 2 && /^(right|second)$/.test(said)) return names[1]
  return (
    names.find((name) => plainSide(name) === said) ??
    names.find((name) => numbered.exec(name)?.[2].toLowerCase() === said.replace(/^(model|option)/, ''))
  )
}
