import { basename } from 'node:path'
import { meaningOf } from '../../data/exporters/column-meanings.ts'
import { dataCard } from '../../data/exporters/data-card.ts'
import { storedRecipe } from '../../loop/recipe/stored-recipe.ts'
import type { ExportChoice, ExportWhat } from '../../shared/contract/export-contract.ts'
import { isJudged } from '../../shared/method-stages.ts'
import type { ExportFile } from './export-file.ts'
import type { RunSource } from './run-rows.ts'

const whats: Readonly<Record<ExportWhat, string>> = {
  pairs: 'preference pairs',
  ift: 'instruction examples',
  eft: 'judgement examples',
  judgements: 'judgements',
  reviews: 'review actions',
  answers: 'answers',
  metrics: 'optimizer steps',
}

/** The data card of a file that is exported from a run. */
export function runCard({ run }: RunSource, choice: ExportChoice, { table }: ExportFile, place: string, notes: readonly string[]): string {
  const recipe = storedRecipe(run)
  const { what, pairs, iterations, model } = choice
  return dataCard({
    title: `${run.name}: ${whats[what]}`,
    fileName: basename(place),
    what: whats[what],
    table,
    meaningOf: (name) => meaningOf(name) || (what === 'metrics' ? 'metric, named as in TRL' : ''),
    source: [
      ['run', `${run.name} (${run.id})`],
      ['base model', recipe.base_model],
      ['method', recipe.method],
      ...(isJudged(recipe) ? [['judge', recipe.judge.method] as const] : []),
      ...(iterations === null ? [] : [['iterations', iterations.join(', ')] as const]),
      ...(what === 'pairs' ? [['pairs', pairs === 'reviewed' ? 'after review' : 'as judged'] as const] : []),
      ...(model === null ? [] : [['model', model] as const]),
    ],
    notes,
  })
}
