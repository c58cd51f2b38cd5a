import { statSync } from 'node:fs'
import { LaurelError } from '../common/errors.ts'
import { statOf } from '../common/stat-of.ts'
import { importFile } from './import-file.ts'
import { demonstrationsOf, hasOrder, type Imported, promptsOf } from './imported.ts'
import { splitSeedData } from './split.ts'

/** The files that a run is to read, and what it holds out of them. Null: it reads none. */
export interface SeedPlan {
  readonly ift: string | null
  readonly eft: string | null
  readonly ranked: string | null
  readonly prompts: string | null
  readonly evaluationPrompts: string | null
  readonly rankedHeldOut: number
  readonly evaluationCount: number
  /** Whether tasks of the instruction examples are shown to the model, so that it writes others. */
  readonly needsDemonstrations: boolean
}

/** Why a run can't do with a file, by the recipe's key that names it. */
export interface SeedProblem {
  readonly key: string
  readonly message: string
  readonly remedy: string
}

/** What each key needs of its file. */
const roles = {
  'seed_data.ift': {
    needs: 'instruction examples (a prompt and the response to imitate)',
    of: ({ instructions }: Imported) => instructions.length,
  },
  'seed_data.eft': { needs: 'judgements (a judge prompt and its answer)', of: ({ instructions }: Imported) => instructions.length },
  'seed_data.ranked': { needs: 'ranked answers', of: ({ ranked }: Imported) => ranked.filter(hasOrder).length },
  'prompts.file': { needs: 'prompts', of: (imported: Imported) => promptsOf(imported).length },
  'evaluation.prompts': { needs: 'prompts', of: (imported: Imported) => promptsOf(imported).length },
} as const
type Role = keyof typeof roles

/** Whether each file holds something for what it is named for, and whether there is enough to hold out of them. Files that are not there are left to others. */
export async function seedProblems(plan: SeedPlan): Promise<SeedProblem[]> {
  const problems: SeedProblem[] = []
  const read = async (key: Role, path: string | null): Promise<Imported | undefined> => {
    if (path === null || statOf(path) === undefined) return undefined
    try {
      const imported = await importKept(path)
      const { needs, of } = roles[key]
      if (of(imported) > 0) return imported
      problems.push({ key, message: `${path} holds no ${needs}; it holds ${contents(imported)}.`, remedy: 'Name another file.' })
    } catch (error) {
      if (!(error instanceof LaurelError)) throw error
      problems.push({ key, message: error.message, remedy: error.remedy })
    }
    return undefined
  }
  const ift = await read('seed_data.ift', plan.ift)
  await read('seed_data.eft', plan.eft)
  const ranked = await read('seed_data.ranked', plan.ranked)
  await read('prompts.file', plan.prompts)
  const heldOut = await read('evaluation.prompts', plan.evaluationPrompts)
  if (problems.length === 0) problems.push(...splitProblems(plan, ift, ranked, heldOut))
  return problems
}

/** What goes wrong when the files are divided, before anything is computed. */
function splitProblems(plan: SeedPlan, ift?: Imported, ranked?: Imported, heldOut?: Imported): SeedProblem[] {
  const instructions = ift?.instructions ?? []
  try {
    const split = splitSeedData(instructions, ranked?.ranked ?? [], {
      seed: 0, // the counts are the same for each
      rankedHeldOut: ranked === undefined ? 0 : plan.rankedHeldOut,
      evaluationCount: plan.evaluationPrompts === null && ift !== undefined ? plan.evaluationCount : 0,
      reserved: heldOut === undefined ? [] : promptsOf(heldOut),
    })
    if (ift === undefined || !plan.needsDemonstrations || demonstrationsOf({ ...ift, instructions: split.ift }).length > 0) return []
    return [{ key: 'seed_data.ift', message: `${plan.ift} holds no task that can be shown as an example.`, remedy: 'Name another file.' }]
  } catch (error) {
    if (!(error instanceof LaurelError)) throw error
    const key = /^(seed_data\.ranked_held_out|evaluation\.count)\b/.exec(error.message)?.[1] ?? 'seed_data.ift'
    return [{ key, message: `${error.message}.`, remedy: error.remedy }]
  }
}

function contents({ instructions, ranked, preferences, prompts, rejected, skipped }: Imported): string {
  const held = Object.entries({ 'instruction examples': instructions, 'ranked prompts': ranked, 'preference pairs': preferences, prompts })
    .filter(([, rows]) => rows.length > 0)
    .map(([what, rows]) => `${rows.length} ${what}`)
  const [first] = [...rejected, ...skipped]
  if (held.length > 0) return held.join(' and ')
  return first === undefined ? 'nothing' : `no row that can be used (line ${first.line}: ${first.reason})`
}

/** How many files are kept: as many as a recipe names. */
const mostKept = 5
const kept = new Map<string, { readonly stamp: string; readonly imported: Imported }>()

/** A form asks again at each change of a number, and the files stay what they are. */
async function importKept(path: string): Promise<Imported> {
  const { size, mtimeMs } = statSync(path)
  const stamp = `${size} ${mtimeMs}`
  const before = kept.get(path)
  if (before?.stamp === stamp) return before.imported
  const imported = await importFile(path)
  kept.delete(path)
  kept.set(path, { stamp, imported })
  if (kept.size > mostKept) kept.delete(kept.keys().next().value!)
  return imported
}
