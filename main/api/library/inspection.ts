import type { Imported, LeftOut } from '../../data/imported.ts'

/** How many rows are shown, and how many that are left out are named one by one. */
const shown = { first: 3, rejected: 1000 }

/** What a data file holds, as `laurel data inspect --json` prints it. */
export interface Inspection {
  readonly format: string
  readonly counts: {
    readonly instructions: number
    readonly preferences: number
    /** Prompts with ranked answers. */
    readonly ranked: number
    readonly prompts: number
    /** Of the instructions and preferences, those whose prompt is a conversation: a system message or earlier turns. */
    readonly conversations: number
  }
  /** Rows that are not used, bad or unwanted, in the order of the file. */
  readonly rejected: readonly LeftOut[]
  /** How many there are in all; only so many are named. */
  readonly rejected_total: number
  readonly notes: readonly string[]
  /** The first rows as they are understood. */
  readonly first: readonly object[]
}

export function inspectionOf(imported: Imported): Inspection {
  const { format, instructions, preferences, ranked, prompts, rejected, skipped, notes } = imported
  const leftOut = [...rejected, ...skipped].sort((a, b) => a.line - b.line)
  const conversations = [...instructions, ...preferences].filter(({ prompt }) => typeof prompt !== 'string').length
  const unnamed = leftOut.length - shown.rejected
  return {
    format,
    counts: {
      instructions: instructions.length,
      preferences: preferences.length,
      ranked: ranked.length,
      prompts: prompts.length,
      conversations,
    },
    rejected: leftOut.slice(0, shown.rejected),
    rejected_total: leftOut.length,
    notes: unnamed > 0 ? [...notes, `${leftOut.length} rows are left out; the first ${shown.rejected} are named.`] : notes,
    first: firstRows(imported),
  }
}

/** Ranked prompts before the examples that follow from them, as where a data set is shown. */
function firstRows({ ranked, instructions, preferences, prompts }: Imported): object[] {
  const examples = ranked.length > 0 ? ranked : instructions
  return [examples, preferences, prompts.slice(0, shown.first).map((prompt) => ({ prompt }))]
    .flatMap((rows): readonly object[] => rows.slice(0, shown.first))
    .slice(0, shown.first)
}
