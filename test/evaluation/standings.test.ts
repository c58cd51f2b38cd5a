import { expect, test } from 'vitest'
import { bradleyTerry, connectedGroups, type Game, metGroups } from '../../main/evaluation/bradley-terry.ts'
import { type ComparedRound, standings, strengthsOf } from '../../main/evaluation/standings.ts'

const games = (first: string, second: string, won: number, lost: number): Game[] => [
  ...Array.from({ length: won }, () => ({ first, second, points: 1 })),
  ...Array.from({ length: lost }, () => ({ first, second, points: 0 })),
]

test('with many games the ratio of two strengths is the ratio of their wins', () => {
  const strengths = bradleyTerry(games('a', 'b', 3000, 1000))
  expect(strengths.get('a')! / strengths.get('b')!).toBeCloseTo(3, 1)
})

test('strengths extend to players that never met: beating the winner means being stronger than the winner', () => {
  const all = [...games('a', 'b', 300, 100), ...games('b', 'c', 300, 100)]
  const strengths = bradleyTerry(all)
  expect(strengths.get('a')! / strengths.get('c')!).toBeCloseTo(9, 0)
})

test('a tie is half a win for both, in either order', () => {
  const half: Game = { first: 'a', second: 'b', points: 0.5 }
  const strengths = bradleyTerry([half, { ...half, first: 'b', second: 'a' }])
  expect(strengths.get('a')).toBeCloseTo(strengths.get('b')!, 6)
})

test('a prior keeps a player with only wins finite', () => {
  const { a, b } = Object.fromEntries(bradleyTerry(games('a', 'b', 5, 0)))
  expect(a / b).toBeGreaterThan(1)
  expect(a / b).toBeLessThan(1000)
})

test('without a prior, the ratio of two strengths is exactly that of their wins', () => {
  const strengths = bradleyTerry([...games('a', 'b', 3, 1), ...games('b', 'c', 2, 1)], 0)
  expect(strengths.get('a')! / strengths.get('b')!).toBeCloseTo(3, 6)
  expect(strengths.get('a')! / strengths.get('c')!).toBeCloseTo(6, 6)
})

test('the strengths solve the likelihood equations: each player has as many wins as they predict', () => {
  const all = [...games('a', 'b', 7, 3), ...games('b', 'c', 4, 6), ...games('c', 'a', 5, 2), { first: 'a', second: 'c', points: 0.5 }]
  const strengths = bradleyTerry(all, 0)
  for (const player of ['a', 'b', 'c']) {
    const own = all.filter(({ first, second }) => first === player || second === player)
    const won = own.reduce((sum, { first, points }) => sum + (first === player ? points : 1 - points), 0)
    const expected = own.reduce(
      (sum, { first, second }) => sum + strengths.get(player)! / (strengths.get(first)! + strengths.get(second)!),
      0,
    )
    expect(expected).toBeCloseTo(won, 6)
  }
})

test('players are connected if each has won against every other, directly or through others; a tie connects both', () => {
  const won = (first: string, second: string): Game => ({ first, second, points: 1 })
  expect(connectedGroups([won('a', 'b'), won('b', 'c'), won('c', 'a')])).toEqual([['a', 'b', 'c']])
  expect(connectedGroups([won('a', 'b'), won('b', 'c')])).toEqual([['a'], ['b'], ['c']])
  expect(connectedGroups([won('c', 'a'), { first: 'a', second: 'b', points: 0.5 }])).toEqual([['c'], ['a', 'b']])
  expect(metGroups([won('a', 'b'), won('c', 'd'), won('b', 'e')]).map((group) => group.join(''))).toEqual(
    expect.arrayContaining(['abe', 'cd']),
  )
})

test('an interval has no limit if more than 2.5% of the resampled sets separate the players', () => {
  const close = strengthsOf(games('a', 'b', 60, 40), 1).get('a')!
  expect(close.interval.low).toBeGreaterThan(-400)
  expect(close.interval.high).toBeLessThan(400)
  const sure = strengthsOf(games('a', 'b', 6, 1), 1)
  expect(sure.get('a')!.interval.high).toBe(Number.POSITIVE_INFINITY)
  expect(sure.get('b')!.interval.low).toBe(Number.NEGATIVE_INFINITY)
  expect(Number.isFinite(sure.get('a')!.points)).toBe(true)
})

const rounds: ComparedRound[] = [
  { modelA: 'x', modelB: 'y', vote: 'A' },
  { modelA: 'y', modelB: 'x', vote: 'B' },
  { modelA: 'x', modelB: 'y', vote: 'tie' },
  { modelA: 'y', modelB: 'z', vote: 'both-bad' },
]

test('standings count a vote for the model on that side, and bad answers as ties, counted separately', () => {
  const [first, ...others] = standings(rounds)
  expect(first).toMatchObject({ model: 'x', rounds: 3, wins: 2, ties: 1, losses: 0, bothBad: 0, winRate: 2.5 / 3 })
  expect(others.find(({ model }) => model === 'y')).toMatchObject({ rounds: 4, wins: 0, ties: 2, losses: 2, bothBad: 1, winRate: 0.25 })
  expect(others.find(({ model }) => model === 'z')).toMatchObject({ rounds: 1, ties: 1, bothBad: 1, winRate: 0.5 })
})

test('models that no comparison connects are in groups of their own, without a strength, in order', () => {
  const round = (modelA: string, modelB: string, vote: ComparedRound['vote']): ComparedRound => ({ modelA, modelB, vote })
  const all = standings([
    ...[round('best', 'mid', 'A'), round('best', 'low', 'A'), round('mid', 'low', 'A'), round('low', 'mid', 'A')],
    ...[round('far', 'away', 'tie')],
  ])
  expect(
    all.map(({ model, part, group, strength }) => [model, part, group, strength === null ? null : Math.round(strength.points)]),
  ).toEqual([
    ['best', 0, 0, null],
    ['low', 0, 1, 0],
    ['mid', 0, 1, 0],
    ['away', 1, 0, 0],
    ['far', 1, 0, 0],
  ])
})

test('the mean strength of a group is zero, and the same votes give the same intervals', () => {
  const connected: ComparedRound[] = [...rounds, { modelA: 'y', modelB: 'x', vote: 'A' }]
  const all = standings(connected)
  expect(all.map(({ group }) => group)).toEqual([0, 0, 0])
  expect(all.reduce((sum, { strength }) => sum + strength!.points, 0)).toBeCloseTo(0, 6)
  expect(standings(connected)).toEqual(all)
})

test('without votes there are no standings', () => {
  expect(standings([])).toEqual([])
})
