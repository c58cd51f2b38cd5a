import type { Listing, PlaceEntry, PlaceKind } from '../../main/api/contract/places.ts'

/** Which entries of a folder are shown, and what can be done with them: rules without a screen. */

export interface Shown {
  readonly kind: PlaceKind
  readonly filter: string
  readonly endings?: readonly string[]
}

/** The entries worth showing: folders always, files where a file may be chosen, and of those the ones that the filter's words are in. */
export function shownEntries(entries: readonly PlaceEntry[], { kind, filter, endings }: Shown): PlaceEntry[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  return entries.filter((entry) => {
    const name = entry.name.toLowerCase()
    if (!words.every((word) => name.includes(word))) return false
    if (entry.kind === 'folder') return true
    if (kind === 'folder') return false
    if (kind === 'model') return entry.isModel
    return endings === undefined || endings.some((ending) => name.endsWith(ending))
  })
}

/** Whether an entry itself is what is looked for. */
export function isChoosable(entry: PlaceEntry, kind: PlaceKind): boolean {
  if (kind === 'model') return entry.isModel
  if (kind === 'folder') return entry.kind === 'folder'
  return entry.kind === 'file'
}

/** Whether a new name is given, rather than something that is there chosen. */
export const isNamed = (kind: PlaceKind): boolean => kind === 'save' || kind === 'new-folder'

/** What the button at the foot would give, and what it says; undefined: nothing can be chosen yet. */
export function choiceOf(
  listing: Pick<Listing, 'folder' | 'isModel' | 'separator'>,
  kind: PlaceKind,
  selected: PlaceEntry | undefined,
  name: string,
): { path: string; label: string } | undefined {
  if (isNamed(kind)) {
    const isName = name.trim() !== '' && !name.includes('/') && !name.includes(listing.separator)
    return isName ? { path: joined(listing, name.trim()), label: 'Save here' } : undefined
  }
  if (selected !== undefined && isChoosable(selected, kind)) return { path: joined(listing, selected.name), label: 'Choose' }
  const isHere = kind === 'folder' || (kind === 'model' && listing.isModel)
  return isHere && selected === undefined ? { path: listing.folder, label: 'Choose this folder' } : undefined
}

/** A path in a folder; the root ends in its separator already. */
export const joined = ({ folder, separator }: Pick<Listing, 'folder' | 'separator'>, name: string): string =>
  folder.endsWith(separator) ? `${folder}${name}` : `${folder}${separator}${name}`

/** The name a new file begins with: the one in the field, or the one suggested. */
export function startName(kind: PlaceKind, start: string | null, suggested = ''): string {
  if (!isNamed(kind) || start === null) return suggested
  return start.split(/[/\\]/).at(-1) || suggested
}
