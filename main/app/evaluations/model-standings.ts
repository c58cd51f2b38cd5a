import { type ComparedRound, standings } from '../../evaluation/standings.ts'
import { readStoredRecipe } from '../../loop/recipe/stored-recipe.ts'
import type { ModelStanding, ReasonCounts, VoterStandings } from '../../shared/contract/evaluations-contract.ts'
import type { Figures } from '../../shared/evaluation-settings.ts'
import { type ReviewReason, reviewReason } from '../../shared/review-reasons.ts'
import type { Store } from '../../store/store.ts'
import { listEvaluations } from './evaluations.ts'

/** Comparisons by one voter: users who didn't see the models, users who did, or a judge with a method. */
interface Voter {
  readonly key: string
  readonly name: string
  readonly kind: VoterStandings['kind']
  readonly rounds: ComparedRound[]
  readonly labels: Map<string, string>
  /** Of each vote. */
  readonly reasons: ReviewReason[][]
  unreadable: number
}

/** Models in the order of their strength: by users who voted blind, by users who saw the models, and by each judge. */
export function modelStandings(store: Store): VoterStandings[] {
  return [...usersOf(store), ...judgesOf(store)]
    .filter(({ rounds, unreadable }) => rounds.length + unreadable > 0)
    .map(({ key, name, kind, rounds, labels, reasons, unreadable }) => ({
      ...{ key, name, kind, comparisons: rounds.length, unreadable, reasons: counted(reasons) },
      models: labeled(rounds, labels),
    }))
}

/** The standings by votes in the arena that are blind, or not. */
export function arenaStandings(store: Store, isOpen: boolean): { votes: number; reasons: ReasonCounts; models: ModelStanding[] } {
  const { rounds, labels, reasons } = usersOf(store)[isOpen ? 1 : 0]
  return { votes: rounds.length, reasons: counted(reasons), models: labeled(rounds, labels) }
}

/** How many votes name each reason; the most frequent first. */
const counted = (reasons: readonly (readonly ReviewReason[])[]): ReasonCounts =>
  reviewReason.options
    .map((reason) => ({ reason, n: reasons.filter((ofVote) => ofVote.includes(reason)).length }))
    .filter(({ n }) => n > 0)
    .sort((a, b) => b.n - a.n)

const labeled = (rounds: readonly ComparedRound[], labels: ReadonlyMap<string, string>): ModelStanding[] =>
  standings(rounds).map(({ strength, ...standing }) => ({
    ...{ ...standing, label: labels.get(standing.model) ?? standing.model },
    strength: strength && { points: strength.points, low: finite(strength.interval.low), high: finite(strength.interval.high) },
  }))

/** Infinity has no JSON form. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

function usersOf(store: Store): [blind: Voter, open: Voter] {
  const voters: [Voter, Voter] = [
    { key: 'blind', name: 'Users, blind', kind: 'users-blind', ...nothing() },
    { key: 'open', name: 'Users who saw the models', kind: 'users-open', ...nothing() },
  ]
  for (const { modelA, labelA, modelB, labelB, vote, reasons, isOpen } of store.arena.list()) {
    if (vote === null || vote === 'skip') continue
    const voter = voters[isOpen ? 1 : 0]
    voter.labels.set(modelA, labelA).set(modelB, labelB)
    voter.rounds.push({ modelA, modelB, vote })
    voter.reasons.push(reasons)
  }
  return voters
}

const nothing = (): Pick<Voter, 'rounds' | 'labels' | 'reasons' | 'unreadable'> => ({
  ...{ rounds: [], labels: new Map(), reasons: [], unreadable: 0 },
})

/** A comparison of two models by a judge. */
interface Comparison {
  readonly judge: { readonly key: string; readonly label: string }
  /** Whether the judge sees both answers, or scores each. */
  readonly isPairwise: boolean
  readonly model: { readonly key: string; readonly label: string }
  readonly against: { readonly key: string; readonly label: string }
  /** What must differ for another comparison of the same models to count too. */
  readonly prompts: string
  readonly result: Figures
}

function judgesOf(store: Store): Voter[] {
  const voters = new Map<string, Voter>()
  const seen = new Set<string>()
  for (const { judge, isPairwise, model, against, prompts, result } of [...byHand(store), ...byRuns(store)]) {
    const key = JSON.stringify([judge.key, isPairwise])
    const pair = JSON.stringify([key, [model.key, against.key].sort(), prompts])
    if (seen.has(pair)) continue // the same comparison, measured again
    seen.add(pair)
    const name = `${judge.label}, ${isPairwise ? 'comparing answers in both orders' : 'scoring each answer'}`
    const voter: Voter = voters.get(key) ?? { key, name, kind: 'judge', ...nothing() }
    voters.set(key, voter)
    voter.labels.set(model.key, model.label).set(against.key, against.label)
    voter.unreadable += result.unreadable ?? 0
    for (const [figure, vote] of [['wins', 'A'] as const, ['losses', 'B'] as const, ['ties', 'tie'] as const])
      for (let i = 0; i < (result[figure] ?? 0); i++) voter.rounds.push({ modelA: model.key, modelB: against.key, vote })
  }
  return [...voters.values()]
}

/** Newest first. */
const byHand = (store: Store): Comparison[] =>
  listEvaluations(store).flatMap(({ settings, result }) => {
    if (settings?.kind !== 'head-to-head' || result === null) return []
    const { model, against, judge, deciding, source, count, seed } = settings
    const named = ({ id, label }: { id: string; label: string }) => ({ key: id, label })
    const isPairwise = deciding.method === 'pairwise'
    const how = isPairwise ? deciding.prompt : deciding.judge
    return [
      {
        ...{ judge: named(judge), isPairwise, model: named(model), against: named(against), result },
        prompts: JSON.stringify([source, count, seed, how]),
      },
    ]
  })

const byRuns = (store: Store): Comparison[] => {
  const methods = new Map<string, boolean>()
  const isPairwiseIn = (runId: string): boolean => {
    const run = store.runs.find(runId)
    const known = methods.get(runId) ?? (run === undefined || readStoredRecipe(run).recipe?.evaluation.method !== 'reward')
    methods.set(runId, known)
    return known
  }
  return store.evaluations
    .ofAllRuns()
    .filter(({ kind }) => kind === 'head-to-head')
    .map(({ runId, runName, model, against, judge, result }) => {
      const named = (name: string) => ({ key: `${runId}/${name}`, label: `${name} of ${runName}` })
      return {
        ...{ judge: named(judge), isPairwise: isPairwiseIn(runId), model: named(model), against: named(against), result },
        prompts: runId,
      }
    })
}
