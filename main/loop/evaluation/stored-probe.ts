import { LaurelError } from '../../shared/errors.ts'
import type { Figures } from '../../shared/evaluation-settings.ts'
import {
  type ProbedJudge,
  type ProbedMethod,
  type ProbeFigures,
  type ProbeOutcome,
  probedMethods,
  probeOutcome,
} from '../../shared/probed-judge.ts'
import type { JudgeRecipe } from '../../shared/recipe.ts'
import { snakeKeys } from '../../shared/snake-keys.ts'
import type { Store } from '../../store/store.ts'
import type { UnitOwner } from '../../store/tables/evaluation-units-table.ts'
import { samplesOf } from '../judges/judge-work.ts'
import { rewardOf } from '../preferences/pair-rules.ts'
import { judgementsOfRanked, scoreAnswers } from './answers.ts'
import { answersToProbe, probedJudgeOf, probeLength } from './judge-probe.ts'
import type { RankedInput } from './judge-quality.ts'
import { type EvaluationWork, leftOut } from './units.ts'

/** The part of a judge's outcome: a single unit, so that a resume measures no judge twice and keeps what judging cost. */
const outcomePart = 'probed'

/** The outcomes so far of an evaluation that measures judges. */
export const probeOutcomes = ({ evaluationUnits }: Store, owner: UnitOwner): ProbeOutcome[] =>
  evaluationUnits.within(owner, [outcomePart]).map(({ value }) => probeOutcome.parse(value))

/** The units of a probe: its judgements and its outcomes. */
export const probeUnits = (judges: readonly JudgeRecipe[], answers: number): number =>
  judges.reduce((sum, judge) => sum + answers * samplesOf(judge) + 1, 1)

/** Judgements so far, by the judge's method. */
export const probeProgress = ({ evaluationUnits }: Store, owner: UnitOwner): ReadonlyMap<string, number> =>
  new Map(evaluationUnits.partsWithin(owner, ['ranked']).map(({ part, count }) => [part[1], count]))

/** Throws INTERNAL for a method that needs a training, a second model, or prompts of its own. */
export function probedMethod({ method }: JudgeRecipe): ProbedMethod {
  const probed = probedMethods.find((name) => name === method)
  if (probed !== undefined) return probed
  throw new LaurelError(
    'INTERNAL',
    `Judge ${method} can't be measured with an untrained model.`,
    'This is a bug in Laurel. Please report it.',
  )
}

/** What a probe measures: judges of different methods, with one model. */
interface StoredProbe {
  readonly judges: readonly JudgeRecipe[]
  readonly model: string
  /** Why the engine can't serve a judge; null: it can. */
  readonly refusal: (method: ProbedMethod) => string | null
}

/**
 * Measures judges on human-ranked answers, one after another, and the control that prefers the longer answer. Stores each judgement and each
 * judge's outcome. A judge that can't work with the model (two answers that start with the same token) has a problem as its outcome.
 */
export async function probeAndStore(work: EvaluationWork, probe: StoredProbe, prompts: readonly RankedInput[]): Promise<ProbeOutcome[]> {
  const { store, key } = work.owner
  const known = new Set(probeOutcomes(store, key).map(({ method }) => method))
  const keep = (outcome: ProbeOutcome): void => {
    store.evaluationUnits.add(key, [outcomePart, outcome.method], { position: 0, sample: 0, value: outcome })
  }
  if (!known.has('length')) keep({ method: 'length', judge: probeLength(prompts), problem: null })
  for (const judge of probe.judges) {
    const method = probedMethod(judge)
    if (method === 'length' || known.has(method)) continue
    const problem = probe.refusal(method)
    keep(problem === null ? await outcomeOf(work, judge, probe.model, prompts) : { method, judge: null, problem })
  }
  return probeOutcomes(store, key)
}

async function outcomeOf(work: EvaluationWork, judge: JudgeRecipe, model: string, prompts: readonly RankedInput[]): Promise<ProbeOutcome> {
  const method = probedMethod(judge)
  const answers = answersToProbe(prompts).map((answer, position) => ({ ...answer, position }))
  try {
    const { scoresOf, details, cost } = await scoreAnswers(work, judgementsOfRanked(work.owner, method), { judge, model }, answers)
    const tooLong = whyNone(work, method, answers.length)
    if (tooLong !== null) return { method, judge: null, problem: `None of the answers could be judged: ${tooLong}.` }
    const rewards = answers.map(({ position }) => rewardOf(scoresOf(position)))
    return { method, judge: probedJudgeOf(method, prompts, { rewards, details, cost }), problem: null }
  } catch (error) {
    if (error instanceof LaurelError && error.code === 'BAD_INPUT') return { method, judge: null, problem: error.message }
    throw error
  }
}

/** Why all answers were left out; null: they weren't. */
function whyNone({ owner: { store, key } }: EvaluationWork, method: string, answers: number): string | null {
  const rows = store.evaluationUnits.of(key, [leftOut, 'ranked', method])
  return rows.length < answers ? null : (rows[0].value as { reason: string }).reason
}

/** Outcomes as an evaluation's figures, by method: `yes/accuracy`, and `yes/similar_length_accuracy` for pairs of similar length. */
export const probeResult = (outcomes: readonly ProbeOutcome[]): Figures =>
  Object.fromEntries(
    outcomes.flatMap(({ method, judge }) =>
      judge === null ? [] : Object.entries(judgeFigures(judge)).map(([name, value]) => [`${method}/${name}`, value]),
    ),
  )

const judgeFigures = ({ all, matched, flipRate, secondsPerAnswer, tokensPerAnswer }: ProbedJudge): Figures => ({
  ...flat(all),
  ...Object.fromEntries(Object.entries(flat(matched)).map(([name, value]) => [`similar_length_${name}`, value])),
  ...(flipRate !== null && { flip_rate: flipRate }),
  ...snakeKeys({ secondsPerAnswer, tokensPerAnswer }),
})

const flat = ({ interval, ...figures }: ProbeFigures): Figures => ({ ...figures, ...interval })
