import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { layOut } from '../../../main/engine/model/layout.ts'
import { type PrefixTree, pathTo, prefixTree } from '../../../main/engine/model/prefix-tree.ts'

/** Sequences over two tokens, some continuing others: common prefixes of every length, and equal sequences. */
const sequences = fc
  .array(fc.tuple(fc.nat(30), fc.nat(12), fc.array(fc.nat(1), { minLength: 1, maxLength: 12 })), { minLength: 1, maxLength: 12 })
  .map((drawn) => {
    const all: number[][] = []
    for (const [earlier, kept, own] of drawn) all.push([...(all[earlier % all.length] ?? []).slice(0, kept), ...own])
    return all
  })
const leastShared = fc.integer({ min: 1, max: 6 })

const lengthOf = (tree: PrefixTree) => tree.segments.reduce((sum, { tokens }) => sum + tokens.length, 0)
const readBack = (tree: PrefixTree, end: number) => pathTo(tree, end).flatMap((segment) => tree.segments[segment].tokens)
const common = (a: readonly number[], b: readonly number[]) => [...a, -1].findIndex((token, i) => token !== b[i])
const sum = (all: number[][]) => all.reduce((total, { length }) => total + length, 0)

describe('a tree of common prefixes', () => {
  test('reproduces every sequence along its path', () => {
    fc.assert(
      fc.property(sequences, leastShared, (all, least) => {
        const tree = prefixTree(all, least)
        all.forEach((sequence, s) => {
          expect(readBack(tree, tree.endOf[s])).toEqual(sequence)
        })
      }),
    )
  })

  test('has parents before children, with correct depths', () => {
    fc.assert(
      fc.property(sequences, leastShared, (all, least) => {
        const tree = prefixTree(all, least)
        tree.segments.forEach(({ parent, depth, tokens }, segment) => {
          expect(parent).toBeLessThan(segment)
          expect(depth).toBe(parent === -1 ? 0 : tree.segments[parent].depth + tree.segments[parent].tokens.length)
          expect(tokens.length).toBeGreaterThan(0)
        })
      }),
    )
  })

  test('shares nothing shorter than the threshold, except a whole sequence', () => {
    fc.assert(
      fc.property(sequences, leastShared, (all, least) => {
        const tree = prefixTree(all, least)
        const users = tree.segments.map(() => 0)
        for (const end of tree.endOf) for (const segment of pathTo(tree, end)) users[segment]++
        tree.segments.forEach(({ depth, tokens }, segment) => {
          if (users[segment] > 1) expect(depth + tokens.length >= least || tree.endOf.includes(segment)).toBe(true)
        })
      }),
    )
  })

  test('shares long enough prefixes: no two segments after the same prefix have that much in common', () => {
    fc.assert(
      fc.property(sequences, leastShared, (all, least) => {
        const { segments } = prefixTree(all, least)
        segments.forEach((a, i) => {
          for (const b of segments.slice(i + 1)) {
            if (a.parent === b.parent) expect(common(a.tokens, b.tokens)).toBeLessThan(least)
          }
        })
      }),
    )
  })

  test('is never longer than the sequences', () => {
    fc.assert(
      fc.property(sequences, leastShared, (all, least) => {
        expect(lengthOf(prefixTree(all, least))).toBeLessThanOrEqual(sum(all))
      }),
    )
  })

  test('stores a prompt once for all its candidates', () => {
    const prompt = Array.from({ length: 20 }, (_, i) => i)
    const tree = prefixTree([1, 2, 3].map((own) => [...prompt, 100 + own, own]))
    expect(tree.segments.map(({ tokens, parent }) => [tokens.length, parent])).toEqual([
      [20, -1],
      [2, 0],
      [2, 0],
      [2, 0],
    ])
  })

  test('stores equal sequences once', () => {
    const tree = prefixTree([[1, 2], [3], [1, 2]])
    expect(tree.segments.map(({ tokens }) => tokens)).toEqual([[1, 2], [3]])
    expect(tree.endOf).toEqual([0, 1, 0])
  })
})

describe('a layout', () => {
  test.each([true, false])('places every token of every sequence at its position; sharing: %s', (share) => {
    fc.assert(
      fc.property(sequences, (all) => {
        const { ids, positions, places } = layOut(all, { share })
        all.forEach((sequence, s) => {
          expect([...places[s]].map((place) => ids[place])).toEqual(sequence)
          expect([...places[s]].map((place) => positions[place])).toEqual(sequence.map((_, i) => i))
        })
        if (!share) expect(ids.length).toBe(sum(all))
      }),
    )
  })

  test('makes every packed token a query of exactly one run, which sees its own sequence in order', () => {
    fc.assert(
      fc.property(sequences, (all) => {
        const { ids, positions, runs } = layOut(all, { share: true })
        const seen = new Array<number>(ids.length).fill(0)
        for (let r = 0; r < runs.runs.length; r += 4) {
          const [query, count, first, ranges] = runs.runs.subarray(r, r + 4)
          const keys: number[] = []
          for (let i = first; i < first + ranges; i++) {
            const [start, rows] = runs.ranges.subarray(2 * i, 2 * i + 2)
            for (let row = start; row < start + rows; row++) keys.push(row)
          }
          expect(keys.slice(-count)).toEqual(Array.from({ length: count }, (_, i) => query + i))
          expect(keys.map((key) => positions[key])).toEqual(keys.map((_, i) => i))
          for (let i = 0; i < count; i++) seen[query + i]++
        }
        expect(seen).toEqual(seen.map(() => 1))
      }),
    )
  })
})
