import { type Imported, type LeftOut, requirementsOf } from '../../data/imported.ts'

/** Number of rows shown, and of rejected rows listed individually. */
const shown = { first: 3, rejected: 1000 }

/** Contents of a data file, as `laurel data inspect --json` prints it. */
export interface Inspection {
  readonly format: string
  readonly counts: {
    readonly instructions: number
    readonly preferences: number
    /** Prompts with ranked answers. */
    readonly ranked: number
    readonly prompts: number
    /** Instructions and preferences whose prompt is a conversation: a system message or earlier turns. */
    readonly conversations: number
  }
  /** Unusable or excluded rows, in file order. */
  readonly rejected: readonly LeftOut[]
  /** Their total number; `rejected` may be truncated. */
  readonly rejected_total: number
  readonly notes: readonly string[]
  /** The first rows as parsed. */
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
    notes: unnamed > 0 ? [...notes, `${leftOut.length} rows are left out; the first ${shown.rejected} are listed.`] : notes,
    first: firstRows(imported),
  }
}

/** Ranked prompts before the examples derived from them, as in the data view. */
function firstRows(imported: Imported): object[] {
  const { ranked, instructions, preferences, prompts } = imported
  const examples = ranked.length > 0 ? ranked : instructions
  const promptRow = (prompt: string): object => {
    const requirements = requirementsOf(imported, prompt)
    return { prompt, ...(requirements.length > 0 && { requirements }) }
  }
  return [examples, preferences, prompts.slice(0, shown.first).map(promptRow)]
    .flatMap((rows): readonly object[] => rows.slice(0, shown.first))
    .slice(0, shown.first)
}
