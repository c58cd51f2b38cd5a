import { statSync } from 'node:fs'
import { statOf } from '../common/file-identity.ts'
import { LaurelError } from '../shared/errors.ts'
import { gradedPromptsOf } from './graded-prompts.ts'
import { importFile } from './import-file.ts'
import { demonstrationsOf, hasOrder, type Imported, orderedAnswers, promptsOf } from './imported.ts'
import { splitSeedData } from './split.ts'

/** The files that a run will read, and what it holds out from them. Null: no file. */
export interface SeedPlan {
  readonly ift: string | null
  readonly eft: string | null
  readonly ranked: string | null
  readonly prompts: string | null
  /** Tasks for the grammar. */
  readonly tasks?: string | null
  readonly evaluationPrompts: string | null
  /** Held-out prompts that programs check. */
  readonly checks?: string | null
  readonly checksHeldOut?: string | null
  readonly gradedPrompts: string | null
  readonly gradedHeldOut: number
  readonly rankedHeldOut: number
  readonly evaluationCount: number
  /** Prompts for comparing checkpoints, if they are compared. */
  readonly validationPrompts?: string | null
  readonly validationCount?: number
  /** Whether instruction examples are used as demonstrations for new prompts. */
  readonly needsDemonstrations: boolean
  /** Whether the new prompts must come with requirements that a program can check. */
  readonly needsChecks: boolean
}

/** Why a run can't use a file, by the recipe key that names it. */
export interface SeedProblem {
  readonly key: string
  readonly message: string
  readonly remedy: string
}

const checkable = {
  needs: 'prompts with requirements that a program can check',
  of: (imported: Imported) => gradedPromptsOf(imported).length,
}

/** What each key requires from its file. */
const roles = {
  'seed_data.ift': {
    needs: 'instruction examples (a prompt and the response to imitate)',
    of: ({ instructions }: Imported) => instructions.length,
  },
  'seed_data.eft': { needs: 'judgements (a judge prompt and a reply)', of: ({ instructions }: Imported) => instructions.length },
  'seed_data.ranked': { needs: 'ranked answers', of: (imported: Imported) => orderedAnswers(imported).filter(hasOrder).length },
  'seed_data.graded_prompts': checkable,
  'prompts.file': { needs: 'prompts', of: (imported: Imported) => promptsOf(imported).length },
  'prompts.grammar.tasks': { needs: 'tasks', of: (imported: Imported) => promptsOf(imported).length },
  'evaluation.checks': checkable,
  'evaluation.checks_held_out': checkable,
  'evaluation.prompts': { needs: 'prompts', of: (imported: Imported) => promptsOf(imported).length },
  'checkpoint_choice.prompts': { needs: 'prompts', of: (imported: Imported) => promptsOf(imported).length },
} as const
type Role = keyof typeof roles

/** Checks that each file contains rows for its role, and enough to hold out. Missing files are reported elsewhere. */
export async function seedProblems(plan: SeedPlan): Promise<SeedProblem[]> {
  const problems: SeedProblem[] = []
  const read = async (key: Role, path: string | null): Promise<Imported | undefined> => {
    if (path === null || statOf(path) === undefined) return undefined
    try {
      const imported = await importKept(path)
      const { needs, of } = roles[key]
      const wrong = imported.requirements === undefined ? undefined : imported.rejected[0]
      if (wrong !== undefined) {
        problems.push({ key, message: `${path}:${wrong.line}: ${wrong.reason}.`, remedy: 'Fix or remove the line.' })
        return undefined
      }
      if (of(imported) > 0) return imported
      problems.push({ key, message: `${path} contains no ${needs}; it contains ${contents(imported)}.`, remedy: 'Choose another file.' })
    } catch (error) {
      if (!(error instanceof LaurelError)) throw error
      problems.push({ key, message: error.message, remedy: error.remedy })
    }
    return undefined
  }
  const ift = await read('seed_data.ift', plan.ift)
  await read('seed_data.eft', plan.eft)
  const ranked = await read('seed_data.ranked', plan.ranked)
  const graded = await read('seed_data.graded_prompts', plan.gradedPrompts)
  const prompts = await read('prompts.file', plan.prompts)
  if (plan.needsChecks && prompts !== undefined && gradedPromptsOf(prompts).length === 0) {
    const message = `${plan.prompts} contains no ${roles['seed_data.graded_prompts'].needs}, and judge.method is "verifier".`
    problems.push({ key: 'prompts.file', message, remedy: 'Choose another file, or use another judge.' })
  }
  await read('prompts.grammar.tasks', plan.tasks ?? null)
  await read('evaluation.checks', plan.checks ?? null)
  await read('evaluation.checks_held_out', plan.checksHeldOut ?? null)
  const heldOut = await read('evaluation.prompts', plan.evaluationPrompts)
  await read('checkpoint_choice.prompts', plan.validationPrompts ?? null)
  const gradable = graded === undefined ? Number.POSITIVE_INFINITY : gradedPromptsOf(graded).length
  if (gradable <= plan.gradedHeldOut) {
    const message = `seed_data.graded_held_out is ${plan.gradedHeldOut}, but ${plan.gradedPrompts} has only ${gradable} prompts with requirements that a program can check.`
    problems.push({ key: 'seed_data.graded_held_out', message, remedy: 'Lower it, or add prompts.' })
  }
  if (problems.length === 0) problems.push(...splitProblems(plan, ift, ranked, heldOut))
  return problems
}

/** Problems with splitting the files, found before any computation. */
function splitProblems(plan: SeedPlan, ift?: Imported, ranked?: Imported, heldOut?: Imported): SeedProblem[] {
  const instructions = ift?.instructions ?? []
  try {
    const split = splitSeedData(instructions, ranked === undefined ? [] : orderedAnswers(ranked), {
      seed: 0, // the counts are the same for every seed
      random: 'philox',
      rankedHeldOut: ranked === undefined ? 0 : plan.rankedHeldOut,
      evaluationCount: plan.evaluationPrompts === null && ift !== undefined ? plan.evaluationCount : 0,
      validationCount: plan.validationPrompts == null && ift !== undefined ? (plan.validationCount ?? 0) : 0,
      reserved: heldOut === undefined ? [] : promptsOf(heldOut),
    })
    if (ift === undefined || !plan.needsDemonstrations || demonstrationsOf({ ...ift, instructions: split.ift }).length > 0) return []
    return [
      {
        key: 'seed_data.ift',
        message: `${plan.ift} contains no task that can be used as a demonstration.`,
        remedy: 'Choose another file.',
      },
    ]
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
  return first === undefined ? 'nothing' : `no usable row (line ${first.line}: ${first.reason})`
}

/** How many imported files to cache: as many as a recipe names. */
const mostKept = 6
const kept = new Map<string, { readonly stamp: string; readonly imported: Imported }>()

/** A form asks again whenever a number changes, while the files stay the same. */
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
