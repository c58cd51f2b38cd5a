import { type Interval, wilsonInterval } from './agreement.ts'
import { type Strength, strengthsOf } from './bradley-terry.ts'

/** A user's vote on two models' answers. */
export interface VotedRound {
  readonly modelA: string
  readonly modelB: string
  readonly vote: 'A' | 'B' | 'tie' | 'both-bad'
}

export interface Standing {
  readonly model: string
  readonly rounds: number
  readonly wins: number
  readonly losses: number
  /** Equally good or equally bad answers: half a win each. `bothBad` counts the bad ones. */
  readonly ties: number
  readonly bothBad: number
  readonly winRate: number
  readonly interval: Interval // Wilson's 95% interval of the win rate
  readonly strength: Strength
}

/** Resampling seed: arbitrary, but fixed. */
const seed = 20

/** The standings of models after some votes, strongest first. Unlike the win rate, strength takes the opponents into account. */
export function standings(rounds: readonly VotedRound[]): Standing[] {
  const strengths = strengthsOf(
    rounds.map(({ modelA, modelB, vote }) => ({ first: modelA, second: modelB, points: vote === 'A' ? 1 : vote === 'B' ? 0 : 0.5 })),
    seed,
  )
  return [...strengths]
    .map(([model, strength]) => ({ model, strength, ...countOf(model, rounds) }))
    .sort((a, b) => b.strength.points - a.strength.points || a.model.localeCompare(b.model))
}

function countOf(model: string, all: readonly VotedRound[]): Omit<Standing, 'model' | 'strength'> {
  const rounds = all.filter(({ modelA, modelB }) => modelA === model || modelB === model)
  const wins = rounds.filter(({ modelA, vote }) => vote === (modelA === model ? 'A' : 'B')).length
  const ties = rounds.filter(({ vote }) => vote === 'tie' || vote === 'both-bad').length
  const bothBad = rounds.filter(({ vote }) => vote === 'both-bad').length
  const points = wins + ties / 2
  return {
    ...{ rounds: rounds.length, wins, ties, bothBad, losses: rounds.length - wins - ties },
    winRate: points / rounds.length,
    interval: wilsonInterval(points, rounds.length),
  }
}
