import { beforeAll, describe, expect, test } from 'vitest'
import { extend, type GenerateRow, Schedule, type Sequence } from '../../../main/engine/inference/batch-scheduler.ts'
import { generate } from '../../../main/engine/inference/generate.ts'
import { usePlainBackend } from '../../support/native.ts'
import { tinyDecoder } from './tiny-model.ts'

beforeAll(usePlainBackend)

const sampling = { greedy: false, temperature: 0.9, topP: 0.95, topK: 0, maxNewTokens: 41, minNewTokens: 0, stop: [] }

/** Prompts of 1 to 9 tokens, responses of 1 to 40 tokens. */
const rows: GenerateRow[] = Array.from({ length: 9 }, (_, i) => ({
  promptIds: Array.from({ length: i + 1 }, (_, t) => (7 * i + 3 * t) % 29),
  seeds: i % 3 === 0 ? [i, 100 + i] : [i],
}))
const wantedLength = (row: number, sample: number) => 1 + ((5 + row * 17 + sample * 31) % 40)

describe('continuous batching', () => {
  test('sequences of different lengths get the same tokens as alone, in any batch', async () => {
    const decoder = tinyDecoder()
    const alone = new Map<string, number[]>()
    for (const [row, { promptIds, seeds }] of rows.entries()) {
      for (const [sample, seed] of seeds.entries()) {
        const isFinished = (_row: number, _sample: number, ids: readonly number[]) => ids.length === wantedLength(row, sample)
        for await (const { tokenIds } of generate({ decoder }, [{ promptIds, seeds: [seed] }], settings(1, isFinished))) {
          alone.set(`${row}/${sample}`, tokenIds)
        }
      }
    }
    for (const [batch, passTokens] of [
      [1, 2048],
      [3, 2048],
      [5, 4],
      [64, 2048],
      [64, 7],
    ]) {
      const together = new Map<string, number[]>()
      const order: number[] = []
      const isFinished = (row: number, sample: number, ids: readonly number[]) => ids.length === wantedLength(row, sample)
      for await (const { row, sample, tokenIds } of generate({ decoder }, rows, { ...settings(batch, isFinished), passTokens })) {
        together.set(`${row}/${sample}`, tokenIds)
        order.push(tokenIds.length)
      }
      expect(together).toEqual(alone)
      if (batch === 64 && passTokens === 2048) expect(order).toEqual(order.toSorted((a, b) => a - b)) // in order of completion
    }
  })

  test('no pass has an empty slot while a prompt waits, and none exceeds the batch', () => {
    const schedule = new Schedule(rows, { batch: 4, passTokens: 2048, maxNewTokens: 41 })
    let left = 12
    runThrough(schedule, ({ running }) => {
      expect(running.length).toBe(Math.min(4, left))
      return (ended) => {
        left -= ended.size
      }
    })
    expect(left).toBe(0)
    expect(schedule.pool.blocksInUse).toBe(0)
  })

  test('a long prompt is prefilled in parts while earlier sequences continue', () => {
    const long = [
      { promptIds: [1, 2], seeds: [0] },
      { promptIds: Array.from({ length: 26 }, (_, i) => i), seeds: [0] },
    ]
    const schedule = new Schedule(long, { batch: 4, passTokens: 10, maxNewTokens: 41 })
    const passes: number[][] = []
    runThrough(schedule, ({ pieces }) => {
      passes.push(pieces.map(({ count }) => count))
      return () => {}
    })
    expect(passes.slice(0, 4)).toEqual([
      [1, 9, 1],
      [10, 1],
      [6, 1, 1],
      [1, 1],
    ])
  })

  test('sequences with a common prefix start one after the other, wherever they are in the request', () => {
    const rubric = Array.from({ length: 10 }, (_, i) => i)
    const mixed = [
      [...rubric, 11, 1],
      [20, 21, 22],
      [...rubric, 12, 1],
      [23, 24],
      [...rubric, 13, 1],
    ]
    const schedule = new Schedule(
      mixed.map((promptIds) => ({ promptIds, seeds: [0] })),
      { batch: 1, passTokens: 2048, maxNewTokens: 41 },
    )
    const entered: number[] = []
    let computed = 0
    runThrough(schedule, ({ pieces, running }) => {
      if (running[0].tokens.length === 0) entered.push(running[0].row)
      computed += pieces.reduce((sum, { count }) => sum + count, 0) - 1
      return () => {}
    })
    expect(entered).toEqual([0, 2, 4, 1, 3])
    expect(computed).toBe(10 + 3 + 2 + 1) // the rubric once, then every prompt's rest except its last token
  })
})

/** Run a schedule to its end, without a model. */
function runThrough(schedule: Schedule, see: (pass: ReturnType<Schedule['next']>) => (ended: ReadonlySet<Sequence>) => void): void {
  while (!schedule.isDone) {
    const pass = schedule.next()
    const after = see({ ...pass, running: [...pass.running] })
    for (const sequence of pass.running) extend(sequence, 5)
    const ended = new Set(pass.running.filter(({ row, sample, tokens }) => tokens.length === wantedLength(row, sample)))
    schedule.leave(ended)
    after(ended)
  }
}

const settings = (batch: number, isFinished: (row: number, sample: number, ids: readonly number[]) => boolean) => ({
  ...{ sampling, batch, isFinished, stopTokens: [] },
})
