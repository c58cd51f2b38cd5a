import { generators } from '../common/random.ts'
import { type Interval, wilsonInterval } from './agreement.ts'
import { bradleyTerry, connectedGroups, eloPoints, type Game, metGroups } from './bradley-terry.ts'

const { uniform } = generators.philox

/** A player's strength in Elo points: 400 more means ten times as many wins as losses. The mean over the players of its group is 0. */
export interface Strength {
  readonly points: number
  /** Contains the strengths of 95% of the resampled sets of games. Infinite: in more of them than that, the player is separated. */
  readonly interval: Interval
}

const resamplings = 200

/**
 * The maximum likelihood strengths of players that games connect, with bootstrap intervals: the games are resampled with replacement, seeded by
 * `seed`. A resampled set that doesn't connect the players counts as infinite strength for those who are above all others, and as
 * minus infinite for those below.
 */
export function strengthsOf(games: readonly Game[], seed: number): Map<string, Strength> {
  const own = eloPoints(bradleyTerry(games, 0))
  const kinds = [...Map.groupBy(games, ({ first, second, points }) => JSON.stringify([first, second, points])).values()]
  const kindOf = new Map(kinds.flatMap((same, kind) => same.map((game) => [game, kind] as const)))
  const draws = Array.from({ length: resamplings }, (_, draw) => {
    const counts = new Array<number>(kinds.length).fill(0)
    for (let i = 0; i < games.length; i++) counts[kindOf.get(games[Math.floor(uniform(seed, draw * games.length + i) * games.length)])!]++
    return drawnStrengths(
      kinds.flatMap(([game], kind) => (counts[kind] === 0 ? [] : [{ ...game, weight: counts[kind] }])),
      [...own.keys()],
    )
  })
  return new Map(
    [...own].map(([player, points]) => {
      const sorted = draws.flatMap((drawn) => drawn.get(player) ?? []).sort((a, b) => a - b)
      const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? points
      return [player, { points, interval: { low: Math.min(points, at(0.025)), high: Math.max(points, at(0.975)) } }]
    }),
  )
}

/** Strengths after a resampling, infinite where it separates the players; without those who are only in between or haven't met the others. */
function drawnStrengths(games: readonly Game[], players: readonly string[]): ReadonlyMap<string, number> {
  const groups = connectedGroups(games)
  if (groups.length === 1 && groups[0].length === players.length) return eloPoints(bradleyTerry(games, 0))
  const group = new Map(groups.flatMap((members, i) => members.map((member) => [member, i] as const)))
  const across = games.filter(({ first, second }) => group.get(first) !== group.get(second))
  const winners = new Set(across.map(({ first, second, points }) => (points === 1 ? first : second)).map((player) => group.get(player)))
  const losers = new Set(across.map(({ first, second, points }) => (points === 1 ? second : first)).map((player) => group.get(player)))
  return new Map(
    [...group].flatMap(([player, i]) => {
      if (winners.has(i) === losers.has(i)) return []
      return [[player, winners.has(i) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY]]
    }),
  )
}

/** A comparison of two models' answers to one prompt, by a user or a judge. */
export interface ComparedRound {
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
  /** Among the models of its group; null: it is the only one. */
  readonly strength: Strength | null
  /** Models of one part have met, directly or through others; from 0. */
  readonly part: number
  /** Only strengths within a group compare: no model of a later group of the part has won or tied against one of an earlier group. From 0. */
  readonly group: number
}

/** Resampling seed: arbitrary, but fixed. */
const seed = 20

/** The standings of models after some comparisons: part by part, group by group, strongest first. Unlike the win rate, strength takes the opponents into account. */
export function standings(rounds: readonly ComparedRound[]): Standing[] {
  const games = rounds.map(({ modelA, modelB, vote }) => ({
    first: modelA,
    second: modelB,
    points: vote === 'A' ? 1 : vote === 'B' ? 0 : 0.5,
  }))
  const among = (members: readonly string[]): Game[] =>
    games.filter(({ first, second }) => members.includes(first) && members.includes(second))
  const parts = metGroups(games).toSorted((a, b) => b.length - a.length)
  return parts.flatMap((members, part) =>
    connectedGroups(among(members)).flatMap((own, group) => {
      const strengths = own.length === 1 ? new Map<string, Strength>() : strengthsOf(among(own), seed)
      return own
        .map((model) => ({ model, strength: strengths.get(model) ?? null, part, group, ...countOf(model, rounds) }))
        .sort((a, b) => (b.strength?.points ?? 0) - (a.strength?.points ?? 0) || a.model.localeCompare(b.model))
    }),
  )
}

function countOf(model: string, all: readonly ComparedRound[]): Omit<Standing, 'model' | 'strength' | 'part' | 'group'> {
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
