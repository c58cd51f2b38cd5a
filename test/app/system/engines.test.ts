import { expect, test } from 'vitest'
import { engineRegistry } from '../../../main/app/system/engine-registry.ts'
import type { EngineUsage } from '../../../main/shared/engine-protocol.ts'
import { LaurelError } from '../../../main/shared/errors.ts'
import { standInEngine } from '../../support/stand-in-engine.ts'

test('running engines are listed with their purpose; a closed one is not', async () => {
  const registry = engineRegistry(async () => standInEngine())
  const engine = await registry.starter('run')({})
  await registry.starter('bench')({})
  expect(await registry.list()).toMatchObject([
    { purpose: 'run', info: null, usage: { tensors: 0 } },
    { purpose: 'bench', info: null },
  ])
  await engine.info()
  expect((await registry.list())[0].info).toMatchObject({ backend: 'cpu' })
  await engine.close()
  expect((await registry.list()).map(({ purpose }) => purpose)).toEqual(['bench'])
})

test('an engine that has died is dropped', async () => {
  let isDead = false
  const registry = engineRegistry(async () => ({
    ...standInEngine(),
    usage: async () => {
      if (isDead) throw new LaurelError('ENGINE_LOST', 'gone', 'Start another.')
      return { peakRssBytes: 1, tensors: 0, loadSeconds: 0, promptTokens: 0, newTokens: 0 }
    },
  }))
  await registry.starter('run')({})
  expect((await registry.list()).length).toBe(1)
  isDead = true
  expect(await registry.list()).toEqual([])
})

test('a busy engine, which does not answer now, is listed with its last answer and time', async () => {
  let answer: () => Promise<EngineUsage> = async () => ({ peakRssBytes: 7, tensors: 0, loadSeconds: 0, promptTokens: 0, newTokens: 0 })
  const registry = engineRegistry(async () => ({ ...standInEngine(), usage: () => answer() }))
  await registry.starter('run')({})
  const [before] = await registry.list()
  expect(before.usage?.peakRssBytes).toBe(7)
  let asked = 0
  answer = () => {
    asked++
    return new Promise(() => {})
  }
  expect(await registry.list()).toEqual([before])
  expect(await registry.list()).toEqual([before])
  expect(asked).toBe(1) // questions to a busy engine don't pile up
})
