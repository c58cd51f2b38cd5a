import type { RunDetails, ShownModel } from './contract/runs-contract.ts'
import { modelNumber } from './model-number.ts'
import { type OutsideFigures, type OutsideMeasure, outsideFiguresOf } from './outside-measures.ts'

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

type Judged = Pick<RunDetails, 'models' | 'recipe'>

/** Compares the last model with M1 (or M1 with M0, if it is the last). Null: nothing was measured of both. */
export function verdictOf(run: Judged): RunVerdict | null {
  const trained = run.models.filter(({ name }) => modelNumber(name) !== null)
  const last = trained.at(-1)
  const first = trained.find(({ name }) => name === (last?.name === 'M1' ? 'M0' : 'M1'))
  if (last === undefined || first === undefined || first === last) return null
  const outside = (['checks', 'checks-held-out'] as const).flatMap((measure) => outsideEvidence(measure, first, last))
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

/**
 * Shares of prompts followed, by programs. The difference has Newcombe's 95% interval (1998, method 10), made of the two shares' Wilson
 * intervals: it takes them as independent, so for answers to the same prompts it is somewhat wide.
 */
function outsideEvidence(measure: OutsideMeasure, first: ShownModel, last: ShownModel): Evidence[] {
  const [before, after] = [first, last].map(({ checks }) => outsideFiguresOf(checks[measure])?.prompts)
  if (before === undefined || after === undefined) return []
  const gain = after.met - before.met
  const low = gain - Math.hypot(after.met - after.low, before.high - before.met)
  const high = gain + Math.hypot(after.high - after.met, before.met - before.low)
  const finding = low > 0 ? 'better' : high < 0 ? 'worse' : 'open'
  const prompts = measure === 'checks' ? 'held-out prompts' : 'prompts with requirements of other kinds'
  const text = `${last.name} follows ${percent(after.met)} of ${after.of} ${prompts}, ${first.name} ${percent(before.met)}: ${points(gain)} points (95%: ${points(low)} to ${points(high)}), by programs.`
  return [{ finding, text, remark: finding === 'open' ? remarkOf(promptsForShares(before, after)) : null }]
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

/** Prompts for which two shares would differ: z^2 (p (1 - p) + q (1 - q)) / (p - q)^2. Null: they are equal. */
const promptsForShares = ({ met: p }: OutsideFigures['prompts'], { met: q }: OutsideFigures['prompts']): number | null =>
  rounded((z95 ** 2 * (p * (1 - p) + q * (1 - q))) / (p - q) ** 2)

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
