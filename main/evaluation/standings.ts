import { generators } from '../common/random.ts'
import { type Interval, wilsonInterval } from './agreement.ts'

const { uniform } = generators.philox

/** One comparison of two players: points for the first (1 win, 0.5 tie, 0 loss). */
export interface Game {
  readonly first: string
  readonly second: string
  readonly points: number
  /** How much it counts; 1 if missing. */
  readonly weight?: number
}

/** A player's strength in Elo points: 400 more means ten times as many wins as losses. The mean over all players is 0. */
export interface Strength {
  readonly points: number
  /** Contains the strengths of 95% of the resampled sets of games. */
  readonly interval: Interval
}

/**
 * Strengths in the Bradley-Terry model (1952), P(i beats j) = s_i / (s_i + s_j), by minorization-maximization (Hunter 2004), with a tie as
 * half a win for both. One tied game of each player against a player of strength 1 keeps strengths finite for players with only wins or
 * losses.
 */
export function bradleyTerry(games: readonly Game[]): Map<string, number> {
  const players = [...new Set(games.flatMap(({ first, second }) => [first, second]))].sort()
  let strengths = new Map(players.map((player) => [player, 1]))
  const wins = new Map(players.map((player) => [player, 0.5]))
  for (const { first, second, points, weight = 1 } of games) {
    wins.set(first, wins.get(first)! + weight * points)
    wins.set(second, wins.get(second)! + weight * (1 - points))
  }
  for (let iteration = 0; iteration < 1000; iteration++) {
    const next = improved(strengths, wins, games)
    const moved = Math.max(0, ...players.map((player) => Math.abs(Math.log(next.get(player)! / strengths.get(player)!))))
    strengths = next
    if (moved < 1e-9) break
  }
  return strengths
}

function improved(strengths: ReadonlyMap<string, number>, wins: ReadonlyMap<string, number>, games: readonly Game[]): Map<string, number> {
  const shares = new Map([...strengths].map(([player, strength]) => [player, 1 / (strength + 1)]))
  for (const { first, second, weight = 1 } of games) {
    const share = weight / (strengths.get(first)! + strengths.get(second)!)
    shares.set(first, shares.get(first)! + share)
    shares.set(second, shares.get(second)! + share)
  }
  return new Map([...shares].map(([player, share]) => [player, wins.get(player)! / share]))
}

const resamplings = 200

/** Every player's strength with a bootstrap interval: the games are resampled with replacement, seeded by `seed`. */
export function strengthsOf(games: readonly Game[], seed: number): Map<string, Strength> {
  const points = eloPoints(bradleyTerry(games))
  const draws = Array.from({ length: resamplings }, (_, draw) => {
    const offset = draw * games.length
    return eloPoints(bradleyTerry(games.map((_, i) => games[Math.floor(uniform(seed, offset + i) * games.length)])))
  })
  return new Map(
    [...points].map(([player, own]) => {
      const sorted = draws.flatMap((draw) => draw.get(player) ?? []).sort((a, b) => a - b)
      const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? own
      return [player, { points: own, interval: { low: Math.min(own, at(0.025)), high: Math.max(own, at(0.975)) } }]
    }),
  )
}

/** Strengths on the Elo scale, with a mean of 0. */
export function eloPoints(strengths: ReadonlyMap<string, number>): Map<string, number> {
  const logs = [...strengths].map(([player, strength]) => [player, (400 * Math.log(strength)) / Math.LN10] as const)
  const mean = logs.reduce((sum, [, value]) => sum + value, 0) / logs.length
  return new Map(logs.map(([player, value]) => [player, value - mean]))
}

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
