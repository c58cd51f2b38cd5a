import type { RunDetails, ShownModel } from '../../../main/shared/contract/runs-contract.ts'
import {
  driftOf,
  failureLimits,
  fallNoise,
  hasCollapsed,
  isCoupling,
  isDivergence,
  isDrift,
  isFlipping,
  watchedFigure,
} from '../../../main/shared/failure-signs.ts'
import { isJudged } from '../../../main/shared/method-stages.ts'
import { isByProgram, isOutsideMeasure, outsideNames } from '../../../main/shared/outside-measures.ts'
import { count, fixed, percent } from '../../components/format.ts'
import type { Sign } from './watch.ts'

type Made = NonNullable<ShownModel['made']>

/** A model's figures of the data that it generated. */
interface Step {
  readonly model: ShownModel
  readonly made: Made
}

/** The signs that a run is warned of, and may stop on, as far as it has data. */
export function guardSigns({ models, recipe }: Pick<RunDetails, 'models' | 'recipe'>): Sign[] {
  const steps = models.flatMap((model): Step[] => (model.made === null ? [] : [{ model, made: model.made }]))
  const [first, now] = [steps[0], steps.at(-1)]
  if (first === undefined || now === undefined) return []
  const before = steps.at(-2)
  const signs = [
    ...(recipe.method === 'self-sft' ? [] : [pairsSign(models, now), epochsSign(recipe.dpo.epochs)]),
    driftSign(now, first, recipe),
    ...saturationSigns(now, first),
    ...(before === undefined ? [] : divergenceSigns(now, before)),
    flipsSign(now, first),
    consistencySign(now, before),
    couplingSign(models),
  ]
  return signs.filter((sign) => sign !== null)
}

/** The newest training's pairs, or those that wait for it. */
function pairsSign(models: readonly ShownModel[], { model, made }: Step): Sign {
  const next = models.find(({ name }) => name === `M${Number(model.name.slice(1)) + 1}`)
  const trained = next?.training?.pairs
  const pairs = typeof trained === 'number' ? trained : made.pairs
  return {
    id: 'few-pairs',
    name: 'Pairs to train on',
    value: count(pairs),
    remark: `of ${model.name}`,
    isFine: pairs >= failureLimits.pairs,
    means: `With fewer than ${failureLimits.pairs} pairs, a model learns them by heart. Use more prompts, or a pair rule that makes several pairs per prompt.`,
  }
}

/** Shown only if it is a sign. */
function epochsSign(epochs: number): Sign | null {
  if (epochs <= failureLimits.epochs) return null
  return {
    id: 'many-epochs',
    name: 'Epochs',
    value: String(epochs),
    remark: `more than ${failureLimits.epochs}`,
    isFine: false,
    means: 'A model that sees its pairs many times learns them by heart. Use more prompts instead of more epochs.',
  }
}

function driftSign({ model, made }: Step, first: Step, recipe: RunDetails['recipe']): Sign | null {
  if (model === first.model) return null
  const all = driftOf(made.mean_length, first.made.mean_length)
  const chosen = driftOf(made.mean_length_chosen, first.made.mean_length_chosen)
  if (all === null) return null
  return {
    id: 'length-drift',
    name: `Length since ${first.model.name}`,
    value: `×${fixed(all)}`,
    remark: chosen === null ? `of ${model.name}` : `chosen ×${fixed(chosen)}`,
    isFine: !isDrift(all) && !isDrift(chosen),
    means: `Length of the answers as a multiple of the first iteration’s. Above ${failureLimits.drift} or below its inverse, ${isJudged(recipe) ? 'the judge may go by length: use the length-controlled pair rule, or a length ratio' : 'training changes more than it should: lower the learning rate'}.`,
  }
}

function saturationSigns({ made }: Step, first: Step): Sign[] {
  const remedy = 'Use a judge with finer scores, or more judgements per answer.'
  const top: Sign[] =
    made.top_share === null
      ? []
      : [
          {
            id: 'saturated',
            name: 'Rewards at the maximum',
            value: percent(made.top_share),
            remark: `mean ${fixed(made.mean_reward)}`,
            isFine: made.top_share <= failureLimits.topShare,
            means: `Above ${percent(failureLimits.topShare)}, the judge hardly distinguishes good answers. ${remedy}`,
          },
        ]
  if (made.reward_spread === null) return top
  return [
    ...top,
    {
      id: 'spread',
      name: 'Spread of the rewards',
      value: fixed(made.reward_spread),
      remark: `${first.model.name}: ${fixed(first.made.reward_spread)}`,
      isFine: !hasCollapsed(made.reward_spread, first.made.reward_spread),
      means: `Standard deviation of the rewards. Below ${percent(failureLimits.spread)} of the first iteration’s, the judge gives nearly every answer the same score. ${remedy}`,
    },
  ]
}

const rewardsOf = ({ mean_reward, top_share, reward_spread }: Made) => ({
  meanReward: mean_reward,
  topShare: top_share,
  rewardSpread: reward_spread,
})

/** How a share that a program measures changed from one model to the next. */
interface OutsideChange {
  readonly name: string
  readonly change: number
  readonly isFine: boolean
}

/** One for each measure by a program, and one for all figures of the recipe's outside measure: the worst of them. */
function divergenceSigns(now: Step, before: Step): Sign[] {
  const programs = Object.entries(now.model.checks).filter(([kind]) => isByProgram(kind))
  const changes = programs.flatMap(([name, result]): OutsideChange[] => {
    const past = before.model.checks[name] ?? {}
    const figures = { now: watchedFigure(result), before: watchedFigure(past) }
    if (figures.now === null || figures.before === null) return []
    const outside = { now: figures.now, before: figures.before, noise: fallNoise(result, past) }
    const isFine = !isDivergence(rewardsOf(now.made), rewardsOf(before.made), outside)
    return [{ name, change: outside.now - outside.before, isFine }]
  })
  const sign = (of: OutsideChange, id: string, name: string, means: string): Sign => ({
    ...{ id: `divergence ${id}`, name: `Own reward and ${name}`, value: signedPercent(of.change), isFine: of.isFine },
    remark: `reward ${fixed(before.made.mean_reward)} to ${fixed(now.made.mean_reward)}`,
    means: `${means}, next to the reward that the model gives itself. If the reward rises while the measure falls, the judge no longer measures quality: end the run, and use the model before.`,
  })
  const ofRecipe = changes
    .filter(({ name }) => isOutsideMeasure(name))
    .sort((a, b) => Number(a.isFine) - Number(b.isFine) || a.change - b.change)
  const each = ofRecipe.map(({ name, change }) => `${isOutsideMeasure(name) ? outsideNames[name] : name} ${signedPercent(change)}`)
  return [
    ...changes
      .filter(({ name }) => !isOutsideMeasure(name))
      .map((change) => sign(change, change.name, change.name, 'What a program measures')),
    ...ofRecipe
      .slice(0, 1)
      .map((worst) => sign(worst, 'outside', 'outside measure', `The worst change of what programs measure (${each.join('; ')})`)),
  ]
}

const signedPercent = (change: number): string => `${change > 0 ? '+' : change < 0 ? '−' : '±'}${percent(Math.abs(change), 1)}`

function flipsSign({ model, made }: Step, first: Step): Sign | null {
  if (made.flip_rate == null) return null
  const before = model === first.model ? null : first.made.flip_rate
  return {
    id: 'flips',
    name: 'Decided by the order',
    value: percent(made.flip_rate),
    remark: before == null ? `of ${model.name}` : `${first.model.name}: ${percent(before)}`,
    isFine: !isFlipping(made.flip_rate, before),
    means: `Share of the judge’s comparisons whose verdict changes if the two answers change places. Above ${percent(failureLimits.flips)}, or ${percent(failureLimits.flipRise)} more than at first, the judge goes by their places: use a judge that scores single answers.`,
  }
}

function consistencySign({ model, made }: Step, before: Step | undefined): Sign | null {
  if (made.consistency === null) return null
  return {
    id: 'consistency',
    name: 'Consistent rankings',
    value: percent(made.consistency),
    remark: before?.made.consistency == null ? `of ${model.name}` : `was ${percent(before.made.consistency)}`,
    isFine: made.consistency >= failureLimits.consistency,
    means: `How alike the model and the one before rank the same answers: 100% is the same order. Below ${percent(failureLimits.consistency)}, which is chance, pairs teach the opposite of what the iteration before taught.`,
  }
}

function couplingSign(models: readonly ShownModel[]): Sign | null {
  const known = models.flatMap(({ name, training }) => (typeof training?.coupling === 'number' ? [{ name, value: training.coupling }] : []))
  const [first, before, now] = [known[0], known.at(-2), known.at(-1)]
  if (now === undefined) return null
  return {
    id: 'coupling',
    name: 'Reward follows probability',
    value: fixed(now.value),
    remark: before === undefined ? `pairs of ${now.name}` : `was ${fixed(before.value)}`,
    isFine: now === first || !isCoupling(now.value, first.value),
    means: `Correlation of the reward with the model’s own log-probability per token, within pairs. It is high where the model answers well most of the time. A rise of more than ${failureLimits.couplingRise} since the first iteration says that the judge rewards what the model would say anyway: training then only makes answers more alike.`,
  }
}
