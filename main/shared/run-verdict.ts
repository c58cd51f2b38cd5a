import type { RunDetails, ShownModel } from './contract/runs-contract.ts'
import { modelNumber } from './model-number.ts'
import { type OutsideMeasure, outsideFiguresOf } from './outside-measures.ts'

/** What a comparison of two models comes to: `open` if its 95% interval contains no difference. */
export type Finding = 'better' | 'worse' | 'open'

/** One comparison of a run's last model with its first trained one. */
export interface Evidence {
  readonly finding: Finding
  readonly text: string
  /** What would be needed to be sure; null: nothing. */
  readonly remark: string | null
}

/** What a finished run has shown, in words. */
export interface RunVerdict {
  readonly finding: Finding
  readonly title: string
  /** The comparison that the title rests on comes first. */
  readonly evidence: readonly Evidence[]
  /** What none of it shows. */
  readonly limits: readonly string[]
}

type Judged = Pick<RunDetails, 'models' | 'recipe' | 'gains'>

/** The models that a run's verdict compares: the last with M1, or M1 with M0 if it is the last. Null: there are no two. */
export function comparedModels<Model extends Pick<ShownModel, 'name'>>(models: readonly Model[]): { first: Model; last: Model } | null {
  const trained = models.filter(({ name }) => modelNumber(name) !== null)
  const last = trained.at(-1)
  const first = trained.find(({ name }) => name === (last?.name === 'M1' ? 'M0' : 'M1'))
  return last === undefined || first === undefined || first === last ? null : { first, last }
}

/** Null: nothing was measured of both compared models. */
export function verdictOf(run: Judged): RunVerdict | null {
  const compared = comparedModels(run.models)
  if (compared === null) return null
  const { first, last } = compared
  const outside = (['checks', 'checks-held-out'] as const).flatMap((measure) => outsideEvidence(measure, first, last, run.gains[measure]))
  const judged = judgedEvidence(first, last)
  const evidence = [...outside, ...judged]
  if (evidence.length === 0) return null
  const [{ finding }] = evidence
  const title = outside.length > 0 ? outsideTitle(finding, first.name, last.name) : judgedTitle(finding, first.name, last.name)
  return { finding, title, evidence, limits: limitsOf(run, outside.length > 0, judged.length > 0) }
}

const outsideTitle = (finding: Finding, first: string, last: string): string =>
  finding === 'open'
    ? `It is open whether ${last} follows more held-out prompts than ${first}.`
    : `${last} follows ${finding === 'better' ? 'more' : 'fewer'} held-out prompts than ${first}.`

const judgedTitle = (finding: Finding, first: string, last: string): string =>
  finding === 'open'
    ? `It is open whether ${last}’s answers are better than ${first}’s.`
    : `${last}’s answers ${finding === 'better' ? 'win' : 'lose'} against ${first}’s.`

/** With fewer prompts, the interval of a mean difference is too narrow to decide anything. */
const fewestPrompts = 20

/** Shares of prompts followed, by programs. */
function outsideEvidence(
  measure: OutsideMeasure,
  first: ShownModel,
  last: ShownModel,
  change: RunDetails['gains'][OutsideMeasure],
): Evidence[] {
  const [before, after] = [first, last].map(({ checks }) => outsideFiguresOf(checks[measure])?.prompts)
  if (before === undefined || after === undefined || change === undefined) return []
  const { gain, low, high } = change
  const isFew = after.of < fewestPrompts
  const finding = isFew ? 'open' : low > 0 ? 'better' : high < 0 ? 'worse' : 'open'
  const prompts = measure === 'checks' ? 'held-out prompts' : 'prompts with requirements of other kinds'
  const interval = isFew ? '' : ` (95%: ${points(low)} to ${points(high)})`
  const text = `${last.name} follows ${percent(after.met)} of ${after.of} ${prompts}, ${first.name} ${percent(before.met)}: ${points(gain)} points${interval}, by programs.`
  if (isFew) return [{ finding, text, remark: `That may be chance: fewer than ${fewestPrompts} prompts decide nothing.` }]
  const needed = rounded(after.of * ((high - low) / 2 / gain) ** 2) // the interval narrows with the square root of the prompts
  return [{ finding, text, remark: finding === 'open' ? remarkOf(needed) : null }]
}

/** The head-to-head of the two models. */
function judgedEvidence(first: ShownModel, last: ShownModel): Evidence[] {
  return last.win_rates
    .filter(({ against }) => against === first.name)
    .flatMap(({ win_rate, low, high, n, wins, ties, losses, unreadable, judge }) => {
      if (win_rate === null || low === null || high === null) return []
      const finding = low > 0.5 ? 'better' : high < 0.5 ? 'worse' : 'open'
      const left = unreadable === 0 ? '' : `, ${unreadable} unreadable`
      const text = `${last.name} wins ${percent(win_rate)} of ${n} held-out prompts against ${first.name} (95%: ${percent(low)} to ${percent(high)}; ${wins} won, ${ties} tied, ${losses} lost${left}), judged by ${judge}.`
      return [{ finding, text, remark: finding === 'open' ? remarkOf(promptsForWinRate(win_rate)) : null }] as const
    })
}

const z95 = 1.96

/** Prompts for which a win rate would differ from one half: z^2 w (1 - w) / (w - 1/2)^2. Null: it is one half. */
const promptsForWinRate = (rate: number): number | null => rounded((z95 ** 2 * rate * (1 - rate)) / (rate - 0.5) ** 2)

const remarkOf = (prompts: number | null): string =>
  prompts === null
    ? 'The two are equal here.'
    : `That may be chance: it would take about ${prompts.toLocaleString('en-US')} prompts to show a difference of this size.`

/** With two digits: it is a guess. */
const rounded = (count: number): number | null => (Number.isFinite(count) ? Number(Math.ceil(count).toPrecision(2)) : null)

function limitsOf({ recipe, models }: Judged, hasOutside: boolean, hasJudged: boolean): string[] {
  const judges = new Set(models.flatMap(({ win_rates }) => win_rates.map(({ judge }) => judge)))
  const isOwn = [...judges].some((judge) => models.some(({ name }) => name === judge))
  return [
    ...(hasOutside ? ['Programs check the requirements of a prompt, not whether its answer is good.'] : []),
    ...(hasJudged && isOwn ? ['The judge is a model of this run: a win says that an answer is more to its taste.'] : []),
    ...(recipe.judge.method === 'random' || recipe.method !== 'self-rewarding'
      ? ['This run is a control: what it gains comes from training alone, not from a judge.']
      : ['One run is one draw: another seed may end differently, and a run with a random judge shows what training alone does.']),
  ]
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`

const points = (difference: number): string => `${difference < 0 ? '−' : '+'}${Math.abs(100 * difference).toFixed(1)}`
