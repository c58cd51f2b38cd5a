import { amongLargest } from '../../common/number-lists.ts'
import { percentText } from '../../common/numbers.ts'
import { varianceOfMean } from '../../evaluation/doubt.ts'
import { fillMetaPrompt, loadMetaPrompt } from '../../evaluation/judge-prompt.ts'
import { agreementOfOrders, judgementElo, placeWeights } from '../../evaluation/judgement-elo.ts'
import { characters } from '../../evaluation/reward-metrics.ts'
import type { CandidateRow } from '../../store/tables/candidates-table.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import { type ComparedChoices, checkDistinct } from '../judges/distinct-choices.ts'
import { type Judge, type Judged, judgePrompts, samplesOf, scoringPrompt } from '../judges/judge-work.ts'
import { judges } from '../judges/judges.ts'
import type { TrainingPair } from '../preferences/pair-rules.ts'
import { note, type Stage, warn } from '../run-context.ts'
import { inRole } from '../run-engines.ts'
import type { StageSummary } from '../run-stage.ts'
import { excerpt, unitsOfStage } from '../stage-report.ts'
import { doneAmong, generateMissing, samplingOf, scoreMissing, seedAt } from '../stage-work.ts'
import { rewardedSpans } from './make-pairs.ts'

const verdicts: ComparedChoices = { texts: ['A', 'B'], by: 'comparing judgements', remedy: 'Set meta.count to 0.' }

/** A judge that writes its judgements. */
type WritingJudge = Judge & Required<Pick<Judge, 'readText'>>

/** A judgement of a response, numbered among the response's. */
interface WrittenJudgement {
  readonly sample: number
  readonly text: string
  /** Null: it can't be read. */
  readonly score: number | null
}

/**
 * Meta-rewarding (Wu et al. 2024, section 2.4): for the responses whose judgements disagree most, the model compares every two of its
 * judgements in both orders, and the best and the worst one make a pair that trains it as a judge.
 */
export async function makeJudgePairs(stage: Stage, model: ModelRow): Promise<StageSummary> {
  const { recipe, iteration } = stage
  const judge = judges[recipe.judge.method]
  if (!writes(judge)) {
    const text = `The judge (${recipe.judge.method}) writes no text, so there are no judgements to compare and no judge pairs. Set meta.count to 0, or use the judge additive or ticks.`
    warn(stage, 'no-judge-pairs', text)
    return { judge_pairs: 0 }
  }
  if (recipe.meta.iterations !== null && iteration > recipe.meta.iterations) {
    note(stage, `Judge pairs are made only in the first ${recipe.meta.iterations} iterations (meta.iterations).`)
    return { judge_pairs: 0 }
  }
  const chosen = mostDisputed(stage)
  await judgeFurther(stage, model, judge, chosen)
  const judgements = judgementsOf(stage, chosen)
  await compareJudgements(stage, model, judge, chosen, judgements)
  return storePairs(stage, judge, chosen, judgements)
}

const writes = (judge: Judge): judge is WritingJudge => judge.readText !== undefined

/** The iteration's judge pairs as rows to train on. */
export const judgeTrainingPairs = ({ store, runId, iteration }: Stage): TrainingPair[] =>
  store.judgePairs.ofIteration(runId, iteration).map(({ prompt, chosen, rejected }) => ({ instruction: prompt, chosen, rejected }))

/**
 * Each prompt's response whose scores vary most, and of these the `meta.count` that vary most, in prompt order. Where nothing varies (a judge
 * that judges once), the first ones.
 */
function mostDisputed({ store, runId, recipe, iteration }: Stage): CandidateRow[] {
  const [ids, variances]: [number[], number[]] = [[], []] // of all prompts; the texts of the chosen ones are read below
  for (const prompts of rewardedSpans({ store, runId, iteration })) {
    for (const { candidates } of prompts) {
      const [first] = candidates
        .filter(({ judgements }) => judgements > 0)
        .map(({ id, scores }) => ({ id, variance: varianceOfMean(scores) * scores.length }))
        .sort((a, b) => b.variance - a.variance) // stable
      if (first === undefined) continue
      ids.push(first.id)
      variances.push(first.variance)
    }
  }
  const isKept = amongLargest(variances, recipe.meta.count)
  return ids.filter((_, i) => isKept(variances[i])).map((id) => store.candidates.find(id)!)
}

/** Judgements beyond those that set the reward, up to `meta.judgements` per response. */
async function judgeFurther(stage: Stage, model: ModelRow, judge: WritingJudge, chosen: readonly CandidateRow[]): Promise<void> {
  const { store, recipe, runId, iteration } = stage
  const had = samplesOf(recipe.judge)
  const further = recipe.meta.judgements - had
  if (further <= 0) return
  const known = store.secondJudgements.ofIteration(runId, iteration, 'meta')
  const isDone = doneAmong(known.map(({ subjectId, sample }) => [subjectId, sample]))
  const ask = promptsOf(stage, judge)
  const units = unitsOfStage(stage, {
    what: `further judgements by ${model.name}`,
    noun: 'responses',
    nameOf: nameOfResponse,
    rows: chosen,
    samples: further,
    seed: ({ position, sample }, i) => seedAt(stage, 'meta', iteration, position, sample, had + i),
    isDone: ({ id }, i) => isDone(id, had + i),
    keep: ({ id }, i, judged: Judged) => store.secondJudgements.add(id, 'meta', { judge: model.name, sample: had + i, ...judged }),
  })
  await generateMissing(inRole(stage, 'judge'), units, {
    model: model.path,
    sampling: { ...samplingOf(recipe.judge), greedy: false, temperature: recipe.meta.temperature },
    input: (candidate) => ({ prompt: ask(candidate) }),
    read: ({ text }) => ({ text, score: judge.readText(recipe.judge, text) }),
  })
}

const nameOfResponse = ({ position, sample, text }: CandidateRow): string =>
  `response ${sample + 1} to prompt ${position + 1} (${excerpt(text)})`

/** The prompt that a response's judgements were written for. */
function promptsOf({ recipe }: Stage, judge: Judge): (candidate: CandidateRow) => string {
  const ask = judgePrompts(recipe.judge, judge.prompt ?? scoringPrompt)
  return ({ instruction, text }) => ask({ instruction, response: text }).prompt
}

/** Every judgement of each chosen response, the earlier of two equal texts only. */
function judgementsOf({ store, recipe }: Stage, chosen: readonly CandidateRow[]): Map<number, WrittenJudgement[]> {
  const most = recipe.meta.judgements
  const distinct = (judgements: readonly WrittenJudgement[]): WrittenJudgement[] =>
    [...Map.groupBy(judgements, ({ text }) => text.trim()).values()].map(([first]) => first)
  return new Map(
    chosen.map(({ id, promptId }) => {
      const all = [...store.judgements.ofPrompt(promptId), ...store.secondJudgements.ofPrompt(promptId, 'meta')]
      return [id, distinct(all.filter(({ subjectId, sample }) => subjectId === id && sample < most))]
    }),
  )
}

interface Look {
  readonly candidate: CandidateRow
  readonly first: WrittenJudgement
  readonly second: WrittenJudgement
}

/** Has the model say which of two judgements is better, by the probabilities of its verdict's first token. */
async function compareJudgements(
  stage: Stage,
  model: ModelRow,
  judge: WritingJudge,
  chosen: readonly CandidateRow[],
  judgements: ReadonlyMap<number, readonly WrittenJudgement[]>,
): Promise<void> {
  const { store, recipe, runId, iteration } = stage
  const template = loadMetaPrompt(recipe.meta.prompt)
  const ask = promptsOf(stage, judge)
  const known = new Set(
    store.judgePairs.comparisons(runId, iteration).map(({ candidateId, first, second }) => `${candidateId} ${first} ${second}`),
  )
  const looks = chosen.flatMap((candidate) => {
    const own = judgements.get(candidate.id) ?? []
    return own.flatMap((first) => own.flatMap((second): Look[] => (first === second ? [] : [{ candidate, first, second }])))
  })
  const units = unitsOfStage(stage, {
    what: `comparisons of judgements by ${model.name}`,
    noun: 'comparisons',
    nameOf: ({ candidate, first, second }: Look) =>
      `judgements ${first.sample + 1} and ${second.sample + 1} of ${nameOfResponse(candidate)}`,
    rows: looks,
    samples: 1,
    isDone: ({ candidate, first, second }: Look) => known.has(`${candidate.id} ${first.sample} ${second.sample}`),
    keep: ({ candidate, first, second }: Look, _, lead: number) =>
      store.judgePairs.addComparison({ candidateId: candidate.id, first: first.sample, second: second.sample, lead }),
  })
  await scoreMissing(inRole(stage, 'judge'), units, {
    model: model.path,
    choicesOnly: true,
    input: ({ candidate, first, second }) => ({
      input: { prompt: fillMetaPrompt(template, ask(candidate), first.text, second.text) },
      choices: [...verdicts.texts],
    }),
    read: (item) => {
      checkDistinct(item, model.path, verdicts)
      const [a, b] = item.choiceLogprobs?.at(-1) ?? []
      const lead = a - b
      return Number.isFinite(lead) ? lead : 0
    },
  })
}

/** Stores the pairs in one transaction, and reports them. */
function storePairs(
  stage: Stage,
  judge: WritingJudge,
  chosen: readonly CandidateRow[],
  judgements: ReadonlyMap<number, readonly WrittenJudgement[]>,
): StageSummary {
  const { store, recipe, runId, iteration } = stage
  const battles = store.judgePairs.comparisons(runId, iteration)
  const byResponse = Map.groupBy(battles, ({ candidateId }) => candidateId)
  const weights = placeWeights(battles)
  const ask = promptsOf(stage, judge)
  store.transaction(() => {
    for (const candidate of chosen) {
      const own = byResponse.get(candidate.id)
      const pair =
        own && weights && bestAndWorst(judgementElo(own, weights), judgements.get(candidate.id) ?? [], recipe.meta.max_characters)
      if (pair) store.judgePairs.add({ candidateId: candidate.id, prompt: ask(candidate), ...pair })
    }
  })
  const orders = [...byResponse.values()].map(agreementOfOrders)
  const [compared, agreed] = (['compared', 'agreed'] as const).map((name) => orders.reduce((sum, of) => sum + of[name], 0))
  const agreement = compared === 0 ? null : agreed / compared
  const pairs = store.judgePairs.count(runId, iteration)
  const said = agreement === null ? '' : ` Both orders agree on ${percentText(agreement, 0)} of the comparisons.`
  note(stage, `${pairs} judge pairs from the judgements of ${chosen.length} responses.${said}`)
  if (agreement !== null && agreement < leastAgreement) {
    const text = `As a judge of its judgements, the model goes by their places: both orders agree on only ${percentText(agreement, 0)} of the comparisons.`
    warn(stage, 'meta-flips', text)
  }
  const firstPlace = battles.length === 0 ? null : battles.filter(({ lead }) => lead > 0).length / battles.length
  return { judge_pairs: pairs, responses: chosen.length, comparisons: battles.length, agreement, first_place: firstPlace }
}

/** Where the two orders agree on fewer comparisons than this, the meta-judge goes by place. */
const leastAgreement = 0.5

/** The pair of one response; undefined: no judgement is better than another, or the best can't be read or is too long. */
function bestAndWorst(
  elo: ReadonlyMap<number, number>,
  judgements: readonly WrittenJudgement[],
  mostCharacters: number | null,
): { chosen: string; rejected: string; chosenElo: number; rejectedElo: number } | undefined {
  const rated = judgements
    .flatMap(({ sample, text, score }) => {
      const points = elo.get(sample)
      return points === undefined ? [] : [{ text, score, points }]
    })
    .toSorted((a, b) => b.points - a.points)
  const [best, worst] = [rated.find(({ score }) => score !== null), rated.at(-1)]
  if (best === undefined || worst === undefined || best.points - worst.points <= leastGap) return undefined
  if (mostCharacters !== null && characters(best.text) > mostCharacters) return undefined
  return { chosen: best.text, rejected: worst.text, chosenElo: best.points, rejectedElo: worst.points }
}

/** Elo points below which a gap is the rounding of the fit. */
const leastGap = 1e-6
