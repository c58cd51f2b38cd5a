import { readAnnotatedPairs } from '../../evaluation/alpaca-eval/annotation-file.ts'
import { alpacaEvalFigures } from '../../evaluation/alpaca-eval/figures.ts'
import { readAnswers, readModelOutputs } from '../../evaluation/alpaca-eval/model-outputs.ts'
import { annotationRows, outputRows } from '../../loop/evaluation/alpaca-eval.ts'
import type { AlpacaEvalFile } from '../../shared/contract/evaluations-contract.ts'
import { dashed } from '../../shared/dashed.ts'
import { badInput } from '../../shared/errors.ts'
import {
  type AlpacaEvalSettings,
  type Answerer,
  type ChosenModel,
  evaluationSettings,
  type JudgingModel,
  newTokenDefaults,
} from '../../shared/evaluation-settings.ts'
import { newGenerator as random, recipe as recipeSchema } from '../../shared/recipe.ts'
import type { Store } from '../../store/store.ts'
import { addImported } from './evaluations.ts'

/**
 * AlpacaEval, and the evaluation's title. A model that isn't given is the one whose answers are in its file; the baseline's is that of the
 * instructions unless there is another one. Throws NOT_FOUND, or BAD_INPUT for a file without answers.
 */
export function alpacaEvalOf({
  model,
  outputs = null,
  against,
  judge,
  instructions,
  count,
  seed,
  maxNewTokens = newTokenDefaults['alpaca-eval'].maxNewTokens,
}: {
  readonly model: ChosenModel | null
  readonly outputs?: string | null
  readonly against: ChosenModel | null
  readonly judge: JudgingModel
  readonly instructions: string
  readonly count: number
  readonly seed: number
  readonly maxNewTokens?: number
}): { settings: AlpacaEvalSettings; title: string } {
  const answerer = (chosen: ChosenModel | null, file: string): Answerer =>
    chosen === null ? { id: file, label: readAnswers(file).model, path: '', outputs: file } : { ...chosen, outputs: null }
  readModelOutputs(instructions)
  const [own, other] = [answerer(model, outputs ?? instructions), answerer(against, instructions)]
  const { temperature, top_p, top_k, stop } = recipeSchema.shape.evaluation.parse(undefined)
  const answering = { temperature, top_p, top_k, max_new_tokens: maxNewTokens, stop }
  const source = { from: 'file', path: instructions } as const
  return {
    settings: { kind: 'alpaca-eval', model: own, against: other, judge, source, count, answering, seed, random },
    title: `${own.label} v ${other.label}`,
  }
}

/** Stores the results of AlpacaEval's annotations.json, one for each model, baseline, and annotator, and returns their ids. */
export function importAnnotations(store: Store, path: string): number[] {
  const rows = readAnnotatedPairs(path)
  if (rows.every(({ annotation }) => annotation === null))
    throw badInput(`${path}: no row has a preference`, 'Add at least one comparison.')
  const groups = Map.groupBy(rows, ({ model, baseline, annotator }) => JSON.stringify([model, baseline, annotator]))
  const results = [...groups.values()].map((pairs) => {
    const [{ model, baseline, annotator }] = pairs
    const named = (label: string) => ({ id: label, label, path: '' })
    const settings: AlpacaEvalSettings = {
      ...{ kind: 'alpaca-eval', model: { ...named(model), outputs: path }, against: { ...named(baseline), outputs: path } },
      ...{ judge: named(annotator), source: { from: 'file', path }, count: pairs.length, answering: null, seed: 0, random },
    }
    const result = { ...alpacaEvalFigures(pairs.map(({ annotation }) => annotation)), prompts: pairs.length }
    return { settings, title: `${model} v ${baseline}`, rows: pairs.map(({ row }) => row), result }
  })
  return store.transaction(() => results.map((result) => addImported(store, result)))
}

/** The settings of an AlpacaEval evaluation. Throws BAD_INPUT for another one. */
export function alpacaEvalSettingsOf(store: Store, id: number): AlpacaEvalSettings {
  const { data } = evaluationSettings.safeParse(store.evaluations.find(id).settings)
  if (data?.kind !== 'alpaca-eval') throw badInput(`Evaluation ${id} isn't one of AlpacaEval.`, 'Choose a result of AlpacaEval.')
  return data
}

/** A result in one of AlpacaEval's own forms. Throws BAD_INPUT if it doesn't have the texts. */
export function alpacaEvalFile(store: Store, id: number, what: AlpacaEvalFile): { fileName: string; text: string } {
  const settings = alpacaEvalSettingsOf(store, id)
  const rows = (what === 'annotations' ? annotationRows : outputRows)({ store, evaluationId: id }, settings)
  if (rows.length === 0) throw badInput('This result has no texts to export.', 'Export its annotations, or import ones with outputs.')
  return {
    fileName: `${dashed(settings.model.label)}-${what === 'annotations' ? 'annotations' : 'model-outputs'}.json`,
    text: `${JSON.stringify(rows, null, 2)}\n`,
  }
}
