import { expect, test } from 'vitest'
import { bradleyTerry, type Game, standings, strengthsOf, type VotedRound } from '../../main/evaluation/standings.ts'

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

test('a player with only wins has a finite strength, inside its interval', () => {
  const { points, interval } = strengthsOf(games('a', 'b', 5, 0), 1).get('a')!
  expect(points).toBeGreaterThan(0)
  expect(points).toBeLessThan(800)
  expect(interval.low).toBeLessThanOrEqual(points)
  expect(interval.high).toBeGreaterThanOrEqual(points)
})

const rounds: VotedRound[] = [
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

test('the mean strength is zero, and the same votes give the same intervals', () => {
  const all = standings(rounds)
  expect(all.reduce((sum, { strength }) => sum + strength.points, 0)).toBeCloseTo(0, 6)
  expect(standings(rounds)).toEqual(all)
})

test('without votes there are no standings', () => {
  expect(standings([])).toEqual([])
})
