import { expect, test } from 'vitest'
import type { Context, Side } from '../../bench/harness/benchmark.ts'
import { busyShare, featuresIn, quietMoment } from '../../bench/harness/machine.ts'
import { parseOptions } from '../../bench/harness/options.ts'
import { runRounds } from '../../bench/harness/rounds.ts'

const context: Context = {
  options: parseOptions([], {}, {}),
  startEngine: () => Promise.reject(new Error('no engine is needed')),
  warm() {},
  done() {},
}

test('sides take turns, one at a time', async () => {
  const order: string[] = []
  let running = 0
  const side = (name: string): Side => ({
    name,
    async run() {
      order.push(name)
      expect(++running).toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      return { figures: { turn: order.length } }
    },
  })
  const runs = await runRounds({ sides: [side('A'), side('B')] }, 3, context, undefined, async () => 0)
  expect(order).toEqual(['A', 'B', 'A', 'B', 'A', 'B'])
  expect(runs.map(({ side: name, runs: own }) => [name, own.map(({ figures }) => figures.turn)])).toEqual([
    ['A', [1, 3, 5]],
    ['B', [2, 4, 6]],
  ])
})

test('every run records the load and other work before it', async () => {
  const [{ runs }] = await runRounds(
    { sides: [{ name: 'A', run: async () => ({ figures: {} }) }] },
    1,
    context,
    undefined,
    async () => 0.25,
  )
  expect(runs[0].load).toBeGreaterThanOrEqual(0)
  expect(runs[0].foreign).toBe(0.25)
})

test('a run waits for other work to subside, up to a limit', async () => {
  const shares = [0.5, 0.3, 0.01, 0.4]
  let looks = 0
  const look = async () => shares[looks++]
  const clock = () => 1000 * looks
  expect(await quietMoment(10, look, clock)).toBe(0.01)
  looks = 0
  expect(await quietMoment(1, look, clock)).toBe(0.5) // the first measurement took the whole second
  looks = 0
  expect(await quietMoment(0, look, clock)).toBe(0.5)
})

test('processor features are read from /proc/cpuinfo, on x86 and on ARM', () => {
  expect(featuresIn('model name : X\nflags\t\t: fpu avx2 avx512f avx512_bf16 sse\n')).toEqual(['avx2', 'avx512f', 'avx512_bf16'])
  expect(featuresIn('Features\t: fp asimd bf16\n')).toEqual(['asimd', 'bf16'])
  expect(featuresIn('')).toEqual([])
})

test('the busy share is the non-idle share between two readings', () => {
  const at = (user: number, idle: number) => ({ times: { user, nice: 0, sys: 0, irq: 0, idle } })
  expect(busyShare([at(0, 0), at(0, 0)], [at(0, 100), at(50, 50)])).toBe(0.25)
  expect(busyShare([at(5, 5)], [at(5, 5)])).toBe(0)
})
