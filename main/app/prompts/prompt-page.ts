import { z } from 'zod'
import { rewardOf } from '../../loop/preferences/pair-rules.ts'
import type { PromptAnswer, PromptPage } from '../../shared/contract/prompts-contract.ts'
import { finishReason } from '../../shared/engine-protocol.ts'
import { LaurelError } from '../../shared/errors.ts'
import { isSameDecision } from '../../shared/review-reasons.ts'
import { promptMatch } from '../../shared/search-words.ts'
import type { SearchHit } from '../../store/queries/response-search.ts'
import type { Store } from '../../store/store.ts'
import type { UnitOwner } from '../../store/tables/evaluation-units-table.ts'
import { evaluationAnswers, evaluationNames } from '../evaluations/evaluation-answers.ts'

/** Rows with the same first words that are looked at, at most. */
const mostHits = 2000
/** Answers shown. */
const mostAnswers = 500

type Run = PromptPage['origins'][number]['run']

const answerValue = z.object({ instruction: z.string().optional(), text: z.string(), tokens: z.int().optional(), finishReason })
const judgementValue = z.object({ text: z.string(), score: z.number().nullable() })
const verdictValue = z.object({ text: z.string(), verdict: z.enum(['A', 'B', 'tie']).nullable() })

/** Everything that is stored about a prompt: the same text in every run, evaluation, and arena round. Throws NOT_FOUND. */
export function promptPageOf(store: Store, address: string): PromptPage {
  const text = textAt(store, address)
  const match = promptMatch(text)
  const hits = match === null ? [] : store.search.withPrompt(text, match, mostHits)
  const of = (kind: SearchHit['kind']): SearchHit[] => hits.filter((hit) => hit.kind === kind)
  const generated = of('prompt').map((hit) => fromIteration(store, hit))
  const measured = of('answer').map((hit) => fromEvaluation(store, hit))
  const rounds = [...new Set(of('arena').map(({ id }) => id))].map((id) => store.arena.find(id))
  const answers = [
    ...generated.flatMap((one) => one.answers),
    ...measured.flatMap(({ answer }) => answer),
    ...rounds.flatMap((round) => [
      arenaAnswer(`${round.id} A`, round.labelA, round.textA),
      arenaAnswer(`${round.id} B`, round.labelB, round.textB),
    ]),
  ]
  return {
    text,
    origins: generated.map(({ origin }) => origin),
    answers: answers.slice(0, mostAnswers),
    verdicts: uniqueBy(
      measured.flatMap(({ verdicts }) => verdicts),
      ({ run, model, against, judge, swapped }) => JSON.stringify([run?.id, model, against, judge, swapped]),
    ),
    decisions: generated.flatMap(({ decisions }) => decisions),
    votes: rounds.flatMap(({ id, labelA, labelB, vote, reasons, comment, at }) =>
      vote === null ? [] : [{ roundId: id, a: labelA, b: labelB, vote, reasons, comment, at }],
    ),
    isCut: answers.length > mostAnswers || hits.length >= mostHits,
  }
}

/** The prompt at an address (`promptAddress`). */
function textAt(store: Store, address: string): string {
  const [kind, ...rest] = address.split(':')
  const id = Number(rest[0])
  const found = (): string | undefined => {
    if (kind === 'prompt' && Number.isSafeInteger(id)) return store.search.promptText(id)
    if (kind === 'round' && Number.isSafeInteger(id)) return store.arena.find(id).prompt
    if (kind === 'unit' && Number.isSafeInteger(id)) return answerValue.safeParse(store.evaluationUnits.find(id)?.value).data?.instruction
    if (kind === 'evaluation' && rest.length === 2)
      return evaluationAnswers(store, id, Number(rest[1]), 1).rows.at(0)?.instruction || undefined
    if (kind !== 'sample' || rest.length !== 3) return undefined
    const [runId, purpose] = rest
    const position = Number(rest[2])
    const run = store.runs.resolve(runId)
    for (const { name } of store.models.ofRun(run.id)) {
      const [answer] = store.answers.between(run.id, name, purpose, position, position + 1)
      if (answer !== undefined) return answer.instruction
    }
    return undefined
  }
  const text = found()
  if (text === undefined) throw new LaurelError('NOT_FOUND', 'This prompt is no longer stored.', 'Search for its text.')
  return text
}

/** What an iteration of a run made of a prompt. */
function fromIteration(store: Store, { id: promptId, runId, runName, iteration: at }: SearchHit) {
  const run: Run = { id: runId!, name: runName! }
  const iteration = at!
  const { position, reason } = store.search.promptPlace(promptId)
  const judgements = Map.groupBy(store.judgements.ofPrompt(promptId), ({ subjectId }) => subjectId)
  const pairs = store.pairs.ofPrompt(promptId)
  const ofJudge = pairs.filter(({ madeBy }) => madeBy === 'judge')
  const answers = store.candidates.ofPrompt(promptId).map((candidate): PromptAnswer => {
    const opinions = judgements.get(candidate.id) ?? []
    return {
      ...{ key: `candidate ${candidate.id}`, source: 'candidate', run, iteration, purpose: null },
      model: candidate.model ?? `M${iteration}`,
      ...{ text: candidate.text, tokens: candidate.tokens, finishReason: candidate.finishReason },
      reward: rewardOf(opinions.map(({ score }) => score)),
      opinions: opinions.map(({ judge, score, text }) => ({ judge, score, text })),
      chosen: ofJudge.filter(({ chosenId }) => chosenId === candidate.id).length,
      rejected: ofJudge.filter(({ rejectedId }) => rejectedId === candidate.id).length,
    }
  })
  const decisions = pairs.flatMap(({ id }) =>
    store.reviews
      .history(id)
      .filter((row, i, rows) => row.decision !== 'undo' && (rows[i + 1] === undefined || !isSameDecision(row, rows[i + 1]))) // with its reasons
      .map(({ decision, reasons, comment, reviewer, blind, at: when }) => ({
        ...{ run, promptId, iteration, decision, reasons, comment, reviewer, blind, at: when },
      })),
  )
  return { origin: { promptId, run, iteration, position, reason }, answers, decisions }
}

/** A model's answer in an evaluation, with the judgements and comparisons of it. */
function fromEvaluation(store: Store, { id, runId, runName }: SearchHit): Pick<PromptPage, 'verdicts'> & { answer: PromptAnswer[] } {
  const unit = store.evaluationUnits.find(id)
  const value = answerValue.safeParse(unit?.value).data
  if (unit === undefined || value === undefined) return { answer: [], verdicts: [] }
  const { owner, position } = unit
  const [, name, purpose] = unit.part
  const named = evaluationNames(store, owner)
  const model = named(name)
  const run: Run = runId === null ? null : { id: runId, name: runName ?? runId }
  const opinions = opinionsOf(store, owner, name, purpose, position).map((one) => ({ ...one, judge: named(one.judge) }))
  const answer: PromptAnswer = {
    ...{ key: `answer ${id}`, source: 'answer', run, iteration: null, purpose, model, text: value.text },
    ...{ tokens: value.tokens ?? null, finishReason: value.finishReason, opinions, chosen: 0, rejected: 0 },
    reward: rewardOf(opinions.map(({ score }) => score)),
  }
  return { answer: [answer], verdicts: purpose === 'head-to-head' ? verdictsOf(store, owner, run, name, position) : [] }
}

const opinionsOf = (store: Store, owner: UnitOwner, model: string, purpose: string, position: number): PromptAnswer['opinions'] =>
  store.evaluationUnits.within(owner, ['judgements', model, purpose], position, position + 1).flatMap(({ part, value }) => {
    const { data } = judgementValue.safeParse(value)
    return data === undefined ? [] : [{ judge: part[3], score: data.score, text: data.text }]
  })

function verdictsOf(store: Store, owner: UnitOwner, run: Run, model: string, position: number): PromptPage['verdicts'] {
  const named = evaluationNames(store, owner)
  return store.evaluationUnits.within(owner, ['verdicts', model], position, position + 1).flatMap(({ part, sample, value }) => {
    const { data } = verdictValue.safeParse(value)
    const [, , against, judge] = part
    const names = { model: named(model), against: named(against), judge: named(judge) }
    return data === undefined ? [] : [{ run, ...names, swapped: sample === 1, ...data }]
  })
}

const arenaAnswer = (key: string, model: string, text: string): PromptAnswer => ({
  ...{ key: `arena ${key}`, source: 'arena', run: null, iteration: null, purpose: null, model, text },
  ...{ tokens: null, finishReason: null, reward: null, opinions: [], chosen: 0, rejected: 0 },
})

const uniqueBy = <Value>(values: readonly Value[], keyOf: (value: Value) => string): Value[] => [
  ...new Map(values.map((value) => [keyOf(value), value])).values(),
]
