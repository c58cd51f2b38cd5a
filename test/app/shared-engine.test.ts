import { expect, test } from 'vitest'
import { workbench } from '../../main/app/jobs/shared-engine.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { standInEngine } from '../support/stand-in-engine.ts'

/** Engines that a test can kill. */
function mortalEngines() {
  const dead = new Set<number>()
  let started = 0
  let closed = 0
  const start = async (): Promise<Engine> => {
    const number = started++
    return {
      ...standInEngine(),
      usage: async () => {
        if (dead.has(number)) throw new Error('gone')
        return { peakRssBytes: number, tensors: 0, loadSeconds: 0, promptTokens: 0, newTokens: 0 }
      },
      close: async () => {
        closed++
      },
    }
  }
  return { start, kill: (number: number) => dead.add(number), counts: () => ({ started, closed }) }
}

const numberOf = async (engine: Engine): Promise<number> => (await engine.usage()).peakRssBytes

test('one engine serves successive and concurrent uses', async () => {
  const engines = mortalEngines()
  const bench = workbench(engines.start)
  expect(await Promise.all([bench.use(numberOf), bench.use(numberOf)])).toEqual([0, 0])
  expect(await bench.use(numberOf)).toBe(0)
  await bench.close()
  expect(engines.counts()).toEqual({ started: 1, closed: 1 })
})

test('the next use starts another engine after one has died', async () => {
  const engines = mortalEngines()
  const bench = workbench(engines.start)
  await bench.use(numberOf)
  engines.kill(0)
  expect(await Promise.all([bench.use(numberOf), bench.use(numberOf)])).toEqual([1, 1])
  await bench.close()
})

test('an engine that fails to start is tried again at the next use', async () => {
  let tries = 0
  const bench = workbench(async () => {
    if (tries++ === 0) throw new Error('no')
    return standInEngine()
  })
  await expect(bench.use(async () => 1)).rejects.toThrow('no')
  expect(await bench.use(async () => 1)).toBe(1)
  await bench.close()
})

test('an idle engine is ended, and one in use is not', async () => {
  const engines = mortalEngines()
  const bench = workbench(engines.start, { idle: 0 })
  let end = () => {}
  const used = bench.use(() => new Promise<void>((resolve) => (end = resolve)))
  await bench.use(numberOf)
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(bench.isUp()).toBe(true)
  end()
  await used
  while (bench.isUp()) await new Promise((resolve) => setImmediate(resolve))
  expect(engines.counts()).toEqual({ started: 1, closed: 1 })
})
