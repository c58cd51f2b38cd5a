import { type Imported, type LeftOut, type Prompt, promptKey, promptsOf } from '../../data/imported.ts'
import { parseScore } from '../../evaluation/parse-score.ts'
import type { DataCounts, DataKind, DataUse, FileReport, LeftOutRows } from '../contract/data.ts'
import { dataRows, shortRow } from './rows.ts'

/** How many bad rows are named and how many good ones shown. */
const shown = { leftOut: 500, sample: 8 }

/** What a file holds and what would become of it. `heldOut`: keys of prompts that runs measure on. */
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
    heldOutPrompts: [...new Set(promptsOf(imported).map(promptKey))].filter((key) => heldOut.has(key)).length,
    sample: rows.slice(0, shown.sample).map((row, index) => shortRow({ ...row, index })),
  }
}

export const countsOf = ({ instructions, ranked, preferences, prompts }: Imported): DataCounts => ({
  instructions: instructions.length,
  ranked: ranked.length,
  rankedAnswers: ranked.reduce((sum, { answers }) => sum + answers.length, 0),
  preferences: preferences.length,
  prompts: prompts.length,
})

/** How many of the first responses must give a score for a file to count as evaluation examples. */
const looksLikeJudging = { rows: 50, share: 0.8 }

export function kindOf({ ranked, preferences, instructions }: Imported): DataKind {
  if (ranked.length > 0) return 'ranked'
  if (preferences.length > 0) return 'preferences'
  if (instructions.length === 0) return 'prompts'
  const first = instructions.slice(0, looksLikeJudging.rows)
  const scored = first.filter(({ response }) => /score|\d\s*\/\s*5/i.test(response) && parseScore(response) !== null).length
  return scored >= looksLikeJudging.share * first.length ? 'evaluations' : 'instructions'
}

/** For what a recipe can take it; the likeliest first. */
export function usesOf(kind: DataKind): DataUse[] {
  switch (kind) {
    case 'ranked':
      return ['ranked', 'ift', 'prompts']
    case 'evaluations':
      return ['eft']
    case 'instructions':
      return ['ift', 'prompts']
    case 'preferences':
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
