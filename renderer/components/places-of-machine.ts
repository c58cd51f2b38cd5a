import type { Listing, PlaceEntry, PlaceKind } from '../../main/shared/contract/places-contract.ts'

/** Rules of the file browser, without its UI: which entries are shown, and which can be chosen. */

export interface Shown {
  readonly kind: PlaceKind
  readonly filter: string
  readonly endings?: readonly string[]
}

/** The entries that match the filter: folders always, files only if a file of that kind can be chosen. */
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

/** Whether an entry itself can be chosen. */
export function isChoosable(entry: PlaceEntry, kind: PlaceKind): boolean {
  if (kind === 'model') return entry.isModel
  if (kind === 'folder') return entry.kind === 'folder'
  if (kind === 'file-or-folder') return true
  return entry.kind === 'file'
}

/** Whether the user enters a new name instead of choosing an existing entry. */
export const isNamed = (kind: PlaceKind): boolean => kind === 'save' || kind === 'new-folder'

/** The path that the confirm button returns, and its label; undefined: nothing can be chosen yet. */
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
  const isHere = kind === 'folder' || kind === 'file-or-folder' || (kind === 'model' && listing.isModel)
  return isHere && selected === undefined ? { path: listing.folder, label: 'Choose this folder' } : undefined
}

/** Path of an entry in a folder. The root already ends with its separator. */
export const joined = ({ folder, separator }: Pick<Listing, 'folder' | 'separator'>, name: string): string =>
  folder.endsWith(separator) ? `${folder}${name}` : `${folder}${separator}${name}`

/** Initial name of a new file: the one in the field, or the suggested one. */
export function startName(kind: PlaceKind, start: string | null, suggested = ''): string {
  if (!isNamed(kind) || start === null) return suggested
  return start.split(/[/\\]/).at(-1) || suggested
}
