import { mean, percentText } from '../../common/numbers.ts'
import type { Engine } from '../../engine/hosts/engine.ts'
import type { ModelCard } from '../../models/model-card.ts'
import type { LibraryModel, VerifiedModel } from '../../shared/contract/models-contract.ts'
import type { RunDetails, ShownModel } from '../../shared/contract/runs-contract.ts'
import { LaurelError } from '../../shared/errors.ts'
import { probedTexts } from './compare-logprobs.ts'
import { labelOf } from './model-library.ts'

/** An exported model's card: facts, lineage from the base model, and its run's evaluations. */
export function cardOf(model: LibraryModel, run: RunDetails | null, laurel: string): ModelCard {
  const { license, precision, parameters, contextLength, origin } = model
  const shown = run?.models.find(({ name }) => name === origin?.model)
  const base = run?.models[0]
  return {
    ...{ title: labelOf(model), license, precision, parameters, contextLength, laurel, made: new Date().toISOString() },
    baseModel: base === undefined ? model.name : nameOfBase(base),
    lineage: run === null || origin === null ? [] : lineageOf(run, origin.model),
    method: run?.recipe.method ?? 'self-rewarding',
    figures: shown === undefined ? [] : figuresOf(shown),
  }
}

/** The last parts of the base model's path: the full path would reveal details of the machine. */
const nameOfBase = ({ path }: ShownModel): string => path.split(/[\\/]/).slice(-2).join('/')

function lineageOf(run: RunDetails, name: string): ModelCard['lineage'] {
  const byName = new Map(run.models.map((model) => [model.name, model]))
  const rows: ModelCard['lineage'][number][] = []
  for (let model = byName.get(name); model !== undefined; model = byName.get(model.initialised_from ?? '')) {
    rows.unshift({ name: model.name, from: model.initialised_from ?? '-', reference: model.reference ?? '-', data: model.data })
  }
  return rows
}

function figuresOf({ win_rates, judge_quality, checks, made }: ShownModel): [string, string][] {
  const rates = win_rates.map(({ against, judge, n, win_rate, low, high, unreadable }): [string, string] => [
    `win rate against ${against}, judged by ${judge}`,
    `${percentText(win_rate)} (95%: ${percentText(low)} to ${percentText(high)}; ${n} prompts, ${unreadable} unreadable)`,
  ])
  const judge: [string, string][] =
    judge_quality === null
      ? []
      : [
          [
            'as a judge, agrees with human rankings on pairs of answers',
            `${percentText(judge_quality.pairwise_accuracy)} (length alone: ${percentText(judge_quality.length_pairwise_accuracy)})`,
          ],
        ]
  const checked = Object.entries(checks).flatMap(([check, figures]) =>
    Object.entries(figures).map(([figure, value]): [string, string] => [`${check}: ${figure}`, value === null ? '-' : value.toFixed(3)]),
  )
  const reward: [string, string][] =
    made?.mean_reward == null ? [] : [['mean reward by its own judgement, of 5', made.mean_reward.toFixed(2)]]
  return [...rates, ...judge, ...checked, ...reward]
}

/** Loads a model completely: checks headers, reads weights, scores a sentence. Throws NUMERIC if a score isn't finite. */
export async function verifyModel(engine: Engine, path: string): Promise<VerifiedModel> {
  await engine.describe(path)
  const { parameters, layers, vocabulary, loadSeconds } = await engine.load(path)
  const [{ logprobs }] = await probedTexts(engine, path)
  const meanLogprob = mean([...logprobs])
  if (!Number.isFinite(meanLogprob)) {
    throw new LaurelError(
      'NUMERIC',
      `${path}: the weights produce non-finite numbers.`,
      'The files are damaged. Copy or download them again.',
    )
  }
  return { parameters, layers, vocabulary, loadSeconds, meanLogprob, chanceLogprob: -Math.log(vocabulary) }
}
