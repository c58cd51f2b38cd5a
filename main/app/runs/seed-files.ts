import { statOf } from '../../common/stat-of.ts'
import { importInThread } from '../../data/import-thread.ts'
import { type Imported, promptText } from '../../data/imported.ts'
import type { SeedFile } from '../../shared/contract/new-run-contract.ts'

/** Number of sample rows per file: enough for a mean length. */
const sampled = 32

/** A text pair, for estimating row lengths. */
export interface SampleRow {
  readonly prompt: string
  readonly response: string
}

export interface KnownFile {
  readonly facts: SeedFile
  readonly instructions: readonly SampleRow[]
  readonly answers: readonly SampleRow[]
}

/** Reads seed data files and caches their descriptions until they change. */
export function seedFiles() {
  const known = new Map<string, { readonly stamp: string; readonly file: Promise<KnownFile> }>()
  return {
    /** Throws NOT_FOUND or BAD_INPUT if it can't be read. */
    async describe(path: string): Promise<KnownFile> {
      const stamp = stampOf(path)
      const before = known.get(path)
      if (before?.stamp === stamp) return before.file
      const file = importInThread(path).then((imported) => knownFile(path, imported))
      known.set(path, { stamp, file })
      file.catch(() => known.delete(path))
      return file
    },
  }
}
export type SeedFiles = ReturnType<typeof seedFiles>

function stampOf(path: string): string {
  const stats = statOf(path)
  return stats === undefined ? '' : `${stats.size} ${stats.mtimeMs}`
}

function knownFile(path: string, imported: Imported): KnownFile {
  const { format, instructions, ranked, prompts, preferences, rejected } = imported
  const [first] = rejected
  const answers = ranked.flatMap(({ prompt, answers: texts }) => texts.map(({ text }) => ({ prompt, response: text })))
  return {
    facts: {
      ...{ path, format, instructions: instructions.length, ranked: ranked.length, ranked_answers: answers.length },
      ...{ prompts: prompts.length, preferences: preferences.length, rejected: rejected.length },
      first_rejected: first === undefined ? null : `line ${first.line}: ${first.reason}`,
    },
    instructions: spread(instructions).map(({ prompt, response }) => ({ prompt: promptText(prompt), response })),
    answers: spread(answers),
  }
}

/** Picks rows evenly across a file. */
function spread<Row>(rows: readonly Row[]): Row[] {
  const step = Math.max(1, Math.floor(rows.length / sampled))
  return rows.filter((_, i) => i % step === 0).slice(0, sampled)
}
