import { copelandShare, isFlipped, preferenceOf } from '../../evaluation/copeland.ts'
import { fillPairwisePrompt, loadPairwisePrompt } from '../../evaluation/judge-prompt.ts'
import { characters } from '../../evaluation/reward-metrics.ts'
import type { ComparisonDetail } from '../../shared/comparison-detail.ts'
import type { LeftOutRow } from '../../shared/engine-protocol.ts'
import { forEachMissing } from '../stage-work.ts'
import { type ComparedChoices, checkDistinct } from './distinct-choices.ts'
import { byInstruction, type Judge, type Judged, type JudgingRow, type JudgingWork, type PromptFile, templateOf } from './judge-work.ts'

/** The prompt whose next token is the verdict. */
export const betterOfTwo: PromptFile = { own: 'better-of-two', load: loadPairwisePrompt }

export const pairwiseJudge: Judge = {
  judge: judgeByComparing,
  justifies: false,
  range: () => [0, 1],
  prompt: betterOfTwo,
  requests: (_, { texts, perPrompt, readTokens }) => [
    { texts: texts * Math.max(0, perPrompt - 1), promptTokens: 2 * readTokens, newTokens: 1 },
  ],
}

/** The verdicts, for the answer shown first and for the other. */
export const placeVerdicts: ComparedChoices = {
  texts: ['A', 'B'],
  by: 'comparing',
  remedy: 'Use another method.',
}

/**
 * Compares every two responses to a prompt in both orders, by the probabilities of the verdict's first token. The reward is the share of
 * comparisons won (Copeland; SERL, arXiv 2511.07922), with the mean of both orders deciding. Candidates of a prompt are always in one request.
 */
function judgeByComparing<Row extends JudgingRow>(work: JudgingWork<Row>): Promise<void> {
  const template = templateOf(betterOfTwo, work.judge)
  return forEachMissing(
    work.stage,
    { ...work.units, together: byInstruction },
    (rows, onLeftOut) => compareAll(work, template, rows, onLeftOut),
    ({ judged }) => judged,
  )
}

/** A prompt's responses and the verdicts on them so far. */
interface Contest {
  readonly members: readonly number[] // indices of rows
  /** log p(A) - log p(B), by the rows shown first and second. */
  readonly leads: Map<string, number>
  readonly looks: readonly Look[]
  /** Looks without a verdict. */
  open: number
  /** Why a look was left out. */
  tooLong?: string
}

/** A comparison in one order. */
interface Look {
  readonly first: number
  readonly second: number
}

async function* compareAll<Row extends JudgingRow>(
  { stage: { engine, recipe, signal }, judge, model }: JudgingWork<Row>,
  template: string,
  rows: readonly Row[],
  onLeftOut: (row: LeftOutRow) => void,
): AsyncGenerator<{ row: number; judged: Judged }> {
  const prompts = Map.groupBy(rows.keys(), (row) => rows[row].instruction)
  const contests = [...prompts.values()].map((members) => contestOf(members, rows, judge.length_ratio))
  const waiting = new Set(contests)
  const looks = contests.flatMap((contest) => contest.looks.map((look) => ({ ...look, contest })))
  const questions = looks.map(({ first, second }) => ({
    input: { prompt: fillPairwisePrompt(template, rows[first].instruction, rows[first].response, rows[second].response) },
    choices: [...placeVerdicts.texts],
  }))
  const leaveOut = ({ row, leftOut }: LeftOutRow): void => {
    looks[row].contest.open--
    looks[row].contest.tooLong = leftOut
  }
  const params = { model, rows: questions, top: 0, choicesOnly: true, batch: recipe.batch }
  for await (const item of engine.score(params, { signal, onLeftOut: leaveOut })) {
    checkDistinct(item, model, placeVerdicts)
    const { contest, first, second } = looks[item.row]
    const [a, b] = item.choiceLogprobs?.at(-1) ?? []
    contest.leads.set(`${first} ${second}`, a - b)
    contest.open--
    if (contest.open > 0) continue
    waiting.delete(contest)
    yield* resultsOf(contest, onLeftOut)
  }
  for (const contest of waiting) yield* resultsOf(contest, onLeftOut) // nothing to compare, or the last looks were left out
}

function contestOf(members: readonly number[], rows: readonly JudgingRow[], lengthRatio: number | null): Contest {
  const lengths = new Map(members.map((row) => [row, characters(rows[row].response)]))
  const isComparable = (a: number, b: number): boolean => {
    const [shorter, longer] = [lengths.get(a)!, lengths.get(b)!].sort((x, y) => x - y)
    return lengthRatio === null || longer <= lengthRatio * shorter
  }
  const looks = members.flatMap((first) =>
    members.flatMap((second) => (first !== second && isComparable(first, second) ? [{ first, second }] : [])),
  )
  return { members, leads: new Map(), looks, open: looks.length }
}

function* resultsOf(
  { members, leads, tooLong }: Contest,
  onLeftOut: (row: LeftOutRow) => void,
): Generator<{ row: number; judged: Judged }> {
  for (const row of members) {
    const comparisons = members.flatMap((other, against) => {
      const [shown, swapped] = [leads.get(`${row} ${other}`), leads.get(`${other} ${row}`)]
      if (shown === undefined || swapped === undefined || !Number.isFinite(shown - swapped)) return []
      return [{ against, shown, swapped: -swapped }]
    })
    if (comparisons.length === 0 && tooLong !== undefined) onLeftOut({ row, leftOut: tooLong })
    else yield { row, judged: judgedOf(comparisons) }
  }
}

function judgedOf(comparisons: ComparisonDetail['comparisons']): Judged {
  const score = copelandShare(comparisons.map(preferenceOf))
  const flips = comparisons.filter(isFlipped).length
  const detail: ComparisonDetail = { comparisons, flips }
  if (score === null) return { text: 'No other response of similar length to compare with.', score, detail }
  const order = flips === 0 ? '' : `; ${flips} ${flips === 1 ? 'depends' : 'depend'} on the order`
  return { text: `Won ${score * comparisons.length} of ${comparisons.length} comparisons${order}.`, score, detail }
}
