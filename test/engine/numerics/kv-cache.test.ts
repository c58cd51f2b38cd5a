import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { widen } from '../../../main/engine/backends/operand.ts'
import { CACHE_BLOCK as BLOCK } from '../../../main/engine/batch-limits.ts'
import { computePieces } from '../../../main/engine/inference/decode.ts'
import { BlockPool, bytesPerSlot, KvCache } from '../../../main/engine/inference/kv-cache.ts'
import { CachedSegment, completeNext, type Piece, radixCache } from '../../../main/engine/inference/radix-cache.ts'
import { usePlainBackend } from '../../support/native.ts'
import { distance, tinyConfig, tinyDecoder } from './tiny-model.ts'

beforeAll(usePlainBackend)

const tokens = (count: number, from = 0) => Array.from({ length: count }, (_, i) => (from + i) % 29)
const slotsIn = ({ ranges }: Piece) =>
  Array.from({ length: ranges.length / 2 }, (_, r) => Array.from({ length: ranges[2 * r + 1] }, (_, i) => ranges[2 * r] + i)).flat()

describe('blocks of slots', () => {
  test('returned blocks are handed out before new ones, lowest first', () => {
    const pool = new BlockPool()
    const blocks = [pool.take(), pool.take(), pool.take(), pool.take()]
    pool.give([blocks[3], blocks[0], blocks[2]])
    expect(pool.blocksInUse).toBe(1)
    expect([pool.take(), pool.take(), pool.take(), pool.take()]).toEqual([0, 2, 3, 4])
    expect(pool.slots).toBe(5 * BLOCK)
  })
})

describe('segments of texts in the cache', () => {
  test('a segment allocates blocks as it grows, and adjacent ones form one range', () => {
    const pool = new BlockPool()
    const segment = new CachedSegment(tokens(BLOCK + 3), null, pool)
    segment.use()
    expect(segment.nextPiece(5)).toMatchObject({ from: 0, count: 5, ranges: [0, 5] })
    expect(pool.blocksInUse).toBe(1)
    expect(segment.nextPiece(100)).toMatchObject({ from: 5, count: BLOCK - 2, ranges: [0, BLOCK + 3] })
    const other = new CachedSegment([1], null, pool)
    other.use()
    other.nextPiece(1) // takes the next block
    segment.tokens.push(...tokens(BLOCK))
    expect(segment.nextPiece(100).ranges).toEqual([0, 2 * BLOCK, 3 * BLOCK, 3])
  })

  test('a text that continues another reads its slots first, and nothing is stored twice', () => {
    const pool = new BlockPool()
    const parent = new CachedSegment(tokens(10), null, pool)
    const left = new CachedSegment(tokens(3), parent, pool)
    const right = new CachedSegment(tokens(4), parent, pool)
    for (const end of [left, right]) end.use()
    const [a, b, c] = [parent.nextPiece(100), left.nextPiece(100), right.nextPiece(100)]
    expect(left.depth).toBe(10)
    expect(slotsIn(b)).toEqual([...a.slots, ...b.slots])
    expect(slotsIn(c)).toEqual([...a.slots, ...c.slots])
    expect(pool.blocksInUse).toBe(3)
  })

  test('slots are freed with their last user: shared ones later than own ones', () => {
    const pool = new BlockPool()
    const { ends } = radixCache([tokens(40), [...tokens(35), 7, 7], [...tokens(35), 8]], pool)
    for (const end of ends) end.use()
    completeNext([...ends].reverse(), (end) => end, 1000)
    expect(pool.blocksInUse).toBe(5) // two for the 35 shared tokens, one for each rest
    ends[0].leave()
    ends[2].leave()
    expect(pool.blocksInUse).toBe(3)
    ends[1].leave()
    expect(pool.blocksInUse).toBe(0)
  })

  test('whatever texts share and however they are split, each token is computed once and each text is in order', () => {
    const texts = fc.array(fc.array(fc.nat(1), { minLength: 1, maxLength: 80 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 50 }), (all, room) => {
        const pool = new BlockPool()
        const { ends, order, segments } = radixCache(all, pool)
        for (const end of ends) end.use()
        const waiting = [...order].reverse()
        const written = new Map<number, number>() // slot -> token
        while (waiting.length > 0) {
          const { pieces, complete } = completeNext(waiting, (text) => ends[text], room)
          expect(pieces.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(room)
          for (const { segment, from, slots } of pieces) {
            slots.forEach((slot, i) => {
              expect(written.has(slot)).toBe(false)
              written.set(slot, segment.tokens[from + i])
            })
          }
          for (const piece of pieces) expect(slotsIn(piece).map((slot) => written.get(slot))).toEqual(textUpTo(piece))
          for (const text of complete) expect(ends[text].isComplete).toBe(true)
        }
        expect(written.size).toBe(segments.reduce((sum, { tokens }) => sum + tokens.length, 0))
        for (const end of ends) end.leave()
        expect(pool.blocksInUse).toBe(0)
      }),
    )
  })
})

describe('the cache', () => {
  test('states do not depend on the number of passes or on when the cache grew', () => {
    const decoder = tinyDecoder(tinyConfig({ model_type: 'mistral', sliding_window: 9 }))
    const text = tokens(70, 3)
    const whole = statesOf([text.length])
    for (const room of [
      [32, 38],
      [1, 1, 68],
      [40, 29, 1],
    ]) {
      const parts = statesOf(room)
      expect(distance(whole, parts)).toBeLessThan(1e-5)
      parts.dispose()
    }

    function statesOf(parts: number[]) {
      const pool = new BlockPool()
      const cache = new KvCache(decoder, 0)
      const segment = new CachedSegment(text, null, pool)
      const states = parts.map((room) => {
        const piece = segment.nextPiece(room)
        cache.hold(pool.slots)
        return widen(computePieces(decoder, cache, [piece]))
      })
      cache.dispose()
      return tf.concat(states, 0)
    }
  })

  test('reports its bytes, grows ahead of need up to the maximum, and frees everything on disposal', () => {
    const decoder = tinyDecoder()
    const before = tf.memory().numTensors
    const cache = new KvCache(decoder, 5 * BLOCK)
    expect(bytesPerSlot(decoder)).toBe(2 * 2 * 2 * 4 * 4) // layers, keys and values, heads, head size, float32
    const sizes = [2, 4, 5, 7].map((blocks) => {
      cache.hold(blocks * BLOCK)
      return cache.bytes / bytesPerSlot(decoder) / BLOCK
    })
    expect(sizes).toEqual([2, 4, 5, 7])
    expect(tf.memory().numTensors).toBe(before + 2)
    cache.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })
})

const textUpTo = ({ segment, from, count }: Piece): number[] => [
  ...segment.path.slice(0, -1).flatMap((before) => before.tokens),
  ...segment.tokens.slice(0, from + count),
]
