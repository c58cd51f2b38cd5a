/** Something that the command palette can do. */
export interface Command {
  readonly key: string
  readonly title: string
  /** Heading in the list. */
  readonly group: string
  /** Further words to find it by. */
  readonly words?: string
  /** Its shortcut, as `keyOf` spells it. */
  readonly shortcut?: string
  perform(): void
}

/** Most commands shown. */
const most = 40

/** The commands that contain all words; those whose title starts with the text come first, otherwise their order stays. */
export function matchingCommands(commands: readonly Command[], text: string): Command[] {
  const wanted = text.trim().toLowerCase()
  const words = wanted.split(/\s+/)
  const found = commands.filter(({ title, group, words: more = '' }) => {
    const all = `${title} ${group} ${more}`.toLowerCase()
    return words.every((word) => all.includes(word))
  })
  const rank = ({ title }: Command): number => (wanted !== '' && title.toLowerCase().startsWith(wanted) ? 0 : 1)
  return found.toSorted((a, b) => rank(a) - rank(b)).slice(0, most)
}
