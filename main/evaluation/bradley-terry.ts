import { mean } from '../common/numbers.ts'

/** One comparison of two players: points for the first (1 win, 0.5 tie, 0 loss). */
export interface Game {
  readonly first: string
  readonly second: string
  readonly points: number
  /** How much it counts; 1 if missing. */
  readonly weight?: number
}

/**
 * Strengths in the Bradley-Terry model (1952), P(i beats j) = s_i / (s_i + s_j), by minorization-maximization (Hunter 2004), with a tie as
 * half a win for both. One tied game of each player against a player of strength 1 (`prior` of them) keeps strengths finite for players with
 * only wins or losses. Without it (0), the games must connect the players (see `connectedGroups`), or there is no maximum.
 */
export function bradleyTerry(games: readonly Game[], prior = 1): Map<string, number> {
  const players = [...new Set(games.flatMap(({ first, second }) => [first, second]))].sort()
  let strengths = new Map(players.map((player) => [player, 1]))
  const wins = new Map(players.map((player) => [player, 0.5 * prior]))
  for (const { first, second, points, weight = 1 } of games) {
    wins.set(first, wins.get(first)! + weight * points)
    wins.set(second, wins.get(second)! + weight * (1 - points))
  }
  for (let iteration = 0; iteration < 1000; iteration++) {
    const next = improved(strengths, wins, games, prior)
    const moved = Math.max(0, ...players.map((player) => Math.abs(Math.log(next.get(player)! / strengths.get(player)!))))
    strengths = next
    if (moved < 1e-9) break
  }
  return strengths
}

function improved(
  strengths: ReadonlyMap<string, number>,
  wins: ReadonlyMap<string, number>,
  games: readonly Game[],
  prior: number,
): Map<string, number> {
  const shares = new Map([...strengths].map(([player, strength]) => [player, prior / (strength + 1)]))
  for (const { first, second, weight = 1 } of games) {
    const share = weight / (strengths.get(first)! + strengths.get(second)!)
    shares.set(first, shares.get(first)! + share)
    shares.set(second, shares.get(second)! + share)
  }
  return new Map([...shares].map(([player, share]) => [player, wins.get(player)! / share]))
}

/** Strengths on the Elo scale, with a mean of 0. */
export function eloPoints(strengths: ReadonlyMap<string, number>): Map<string, number> {
  const logs = [...strengths].map(([player, strength]) => [player, (400 * Math.log(strength)) / Math.LN10] as const)
  const middle = mean(logs.map(([, value]) => value))
  return new Map(logs.map(([player, value]) => [player, value - middle]))
}

/**
 * Groups of players whose strengths can be compared: in each, every player has won against (or tied with) every other, directly or through others.
 * That is Ford's condition (1957) for the maximum to exist. In order: no one in a later group has won or tied a game against one in an earlier
 * group, if they have met.
 */
export function connectedGroups(games: readonly Game[]): string[][] {
  const beaten = new Map<string, Set<string>>(
    games.flatMap(({ first, second }) => [[first, new Set()] as const, [second, new Set()] as const]),
  )
  for (const { first, second, points } of games) {
    if (points > 0) beaten.get(first)!.add(second)
    if (points < 1) beaten.get(second)!.add(first)
  }
  const players = [...beaten.keys()].sort()
  const beatenBy = new Map(players.map((player) => [player, players.filter((other) => beaten.get(other)!.has(player))]))
  // Kosaraju: a search in the order of finishing, then one backwards.
  const finished: string[] = []
  walk(
    players,
    (player) => [...beaten.get(player)!],
    (player) => finished.push(player),
  )
  const groups: string[][] = []
  const seen = new Set<string>()
  for (const player of finished.reverse()) {
    if (seen.has(player)) continue
    const group: string[] = []
    walk(
      [player],
      (other) => beatenBy.get(other)!,
      (other) => group.push(other),
      seen,
    )
    groups.push(group.sort())
  }
  return groups
}

/** Depth-first search; `leave` gets each player after all that can be reached from it. */
function walk(
  starts: readonly string[],
  next: (player: string) => readonly string[],
  leave: (player: string) => void,
  seen = new Set<string>(),
): void {
  const visit = (player: string): void => {
    if (seen.has(player)) return
    seen.add(player)
    for (const other of next(player)) visit(other)
    leave(player)
  }
  for (const player of starts) visit(player)
}

/** The sets of players that have met, directly or through others. */
export function metGroups(games: readonly Game[]): string[][] {
  return connectedGroups(games.map(({ first, second }) => ({ first, second, points: 0.5 })))
}
