import { expect, test } from 'vitest'
import { runLoad } from '../../main/app/runs/run-load.ts'
import { parseGpuLoads } from '../../main/common/nvidia-gpus.ts'
import type { EngineUsage } from '../../main/shared/engine-protocol.ts'

const usage = (changes: Partial<EngineUsage> = {}): EngineUsage => ({
  ...{ peakRssBytes: 500, rssBytes: 400, processorSeconds: 10, tensors: 0, loadSeconds: 0, promptTokens: 1000, newTokens: 0 },
  ...changes,
})

/** A monitor whose engine and clock the test moves. */
function watched(gpus: () => Promise<[]> = async () => []) {
  const state = { at: 0, usage: usage() as EngineUsage | null, asked: 0 }
  const load = runLoad({
    usage: async () => {
      state.asked++
      return state.usage
    },
    gpus,
    now: () => state.at,
  })
  return { load, state }
}

test('rates are what the engine did between two looks', async () => {
  const { load, state } = watched()
  const first = await load.of('r-1')
  expect(first?.samples).toEqual([expect.objectContaining({ bytes: 400, processors: null, read_per_second: null })])
  state.at = 2000
  state.usage = usage({ processorSeconds: 13, promptTokens: 1500, newTokens: 40, peakRssBytes: 600 })
  const second = await load.of('r-1')
  expect(second?.samples[1]).toMatchObject({ processors: 1.5, read_per_second: 250, written_per_second: 20 })
  expect(second?.peak_bytes).toBe(600)
})

test('several windows that ask cost one look', async () => {
  const { load, state } = watched()
  await Promise.all([load.of('r-1'), load.of('r-1'), load.of('r-1')])
  await load.of('r-1')
  expect(state.asked).toBe(1)
})

test('another run starts with no samples, and without an engine there are none', async () => {
  const { load, state } = watched()
  await load.of('r-1')
  state.at = 5000
  expect((await load.of('r-2'))?.samples).toHaveLength(1)
  state.usage = null
  expect(await load.of('r-3')).toBeNull()
  expect(await load.of(null)).toBeNull()
})

test('an engine that was started again gives no rate from the one before', async () => {
  const { load, state } = watched()
  await load.of('r-1')
  state.at = 1000
  state.usage = usage({ promptTokens: 3, processorSeconds: 0.1 })
  expect((await load.of('r-1'))?.samples[1]).toMatchObject({ read_per_second: null, processors: null })
})

test('nvidia-smi’s lines are read, and a GPU that reports no figures is left out', () => {
  expect(parseGpuLoads('NVIDIA H200, 87, 1024, 143771\nNVIDIA GT 710, [N/A], 12, 2048\n')).toEqual([
    { name: 'NVIDIA H200', share: 0.87, bytes: 2 ** 30, ofBytes: 143771 * 2 ** 20 },
  ])
  expect(parseGpuLoads('')).toEqual([])
})
