import { type Imported, type LeftOut, type Prompt, promptKey, promptsOf } from '../../data/imported.ts'
import { nearPrompts, nearThreshold } from '../../data/near-duplicate-prompts.ts'
import { parseScore } from '../../evaluation/parse-score.ts'
import type { DataCounts, DataKind, DataUse, FileReport, LeftOutRows } from '../../shared/contract/datasets-contract.ts'
import { dataRows, shortRow } from './dataset-rows.ts'

/** Prompts that are compared for a preview: a second or two of work. */
const mostCompared = 30_000

/** Number of rejected rows listed, and of valid rows shown. */
const shown = { leftOut: 500, sample: 8 }

/** Contents of a file and how Laurel would use them. `heldOut`: keys of prompts that runs hold out. */
export function reportOf(imported: Imported, bytes: number, heldOut: ReadonlySet<string>): FileReport {
  const rows = dataRows(imported)
  const prompts = promptKeys(imported)
  const kind = kindOf(imported)
  return {
    bytes,
    format: imported.format,
    kind,
    uses: usesOf(kind),
    counts: countsOf(imported),
    rejected: firstOf(imported.rejected),
    skipped: firstOf(imported.skipped),
    notes: [...imported.notes],
    repeatedRows: repetitions(rows.map(({ prompt, conversation, answers }) => JSON.stringify([prompt, conversation, answers]))),
    repeatedPrompts: repetitions(prompts),
    nearPrompts: prompts.length > mostCompared ? null : nearPrompts(imported, nearThreshold).size,
    heldOutPrompts: [...new Set(promptsOf(imported).map(promptKey))].filter((key) => heldOut.has(key)).length,
    sample: rows.slice(0, shown.sample).map((row, index) => shortRow({ ...row, index })),
  }
}

const countsOf = ({ instructions, ranked, preferences, prompts }: Imported): DataCounts => ({
  instructions: instructions.length,
  ranked: ranked.length,
  rankedAnswers: ranked.reduce((sum, { answers }) => sum + answers.length, 0),
  preferences: preferences.length,
  prompts: prompts.length,
})

/** The share of the first responses that must contain a score for a file to count as evaluation examples. */
const looksLikeJudging = { rows: 50, share: 0.8 }

function kindOf({ ranked, preferences, instructions }: Imported): DataKind {
  if (ranked.length > 0) return 'ranked'
  if (preferences.length > 0) return 'preferences'
  if (instructions.length === 0) return 'prompts'
  const first = instructions.slice(0, looksLikeJudging.rows)
  const scored = first.filter(({ response }) => /score|\d\s*\/\s*5/i.test(response) && parseScore(response) !== null).length
  return scored >= looksLikeJudging.share * first.length ? 'evaluations' : 'instructions'
}

/** What a recipe can use it for, most likely first. */
export function usesOf(kind: DataKind): DataUse[] {
  switch (kind) {
    case 'ranked':
      return ['ranked', 'ift', 'prompts']
    case 'evaluations':
      return ['eft']
    case 'instructions':
      return ['ift', 'prompts']
    case 'preferences':
      return ['ranked', 'prompts']
    case 'prompts':
      return ['prompts']
  }
}

function promptKeys({ instructions, ranked, preferences, prompts }: Imported): string[] {
  const asked: readonly Prompt[] = [
    ...ranked.map(({ prompt }) => prompt),
    ...(ranked.length > 0 ? [] : instructions.map(({ prompt }) => prompt)),
    ...preferences.map(({ prompt }) => prompt),
    ...prompts,
  ]
  return asked.map(promptKey)
}

const repetitions = (keys: readonly string[]): number => keys.length - new Set(keys).size

const firstOf = (rows: readonly LeftOut[]): LeftOutRows => ({ total: rows.length, first: rows.slice(0, shown.leftOut) })
