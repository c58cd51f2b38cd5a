import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { workbench } from '../../main/app/jobs/shared-engine.ts'
import { correctedTimes, machineSpeeds } from '../../main/app/runs/estimate-run.ts'
import { newRunsApi } from '../../main/app/runs/new-runs.ts'
import { runsApi } from '../../main/app/runs/runs.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import type { EngineInfo } from '../../main/shared/engine-protocol.ts'
import type { Store } from '../../main/store/store.ts'
import { withNvidiaSmi } from '../support/nvidia-smi.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { createTinyRun, openTinyStore, tinyHome, tinyRecipe, workWithStandIn } from '../support/tiny-run.ts'

/** An engine whose measured speed takes these values in turn. */
function engineWith(speeds: number[]): Engine & { measured: () => number } {
  let measured = 0
  return {
    ...standInEngine(),
    measure: async () => ({ float32Gflops: speeds[Math.min(measured++, speeds.length - 1)], bfloat16Gflops: null }),
    measured: () => measured,
  }
}

describe('the machine’s speed', () => {
  it('is the best of several measurements, cached until it is stale', async () => {
    let now = 0
    const speedOf = machineSpeeds({ now: () => now })
    const engine = engineWith([100, 300, 200, 150, 400, 120])
    expect((await speedOf(engine)).speed.float32Gflops).toBe(300)
    expect((await speedOf(engine)).speed.float32Gflops).toBe(300)
    expect(engine.measured()).toBe(3)
    now = 3_600_000
    expect((await speedOf(engine)).speed.float32Gflops).toBe(400)
    expect(engine.measured()).toBe(6)
  })

  it('is measured again after the runtime changes, and an earlier runtime’s speed does not count', async () => {
    let runtime = ''
    const speedOf = machineSpeeds({ runtime: () => runtime })
    expect((await speedOf(engineWith([500]))).speed.float32Gflops).toBe(500)
    runtime = 'a new pack'
    expect((await speedOf(engineWith([60]))).speed.float32Gflops).toBe(60)
  })

  it('is marked as disturbed when measured during a run, and measured again after it; a known speed is kept during a run', async () => {
    let busy = true
    let now = 0
    const speedOf = machineSpeeds({ isBusy: () => busy, now: () => now })
    expect(await speedOf(engineWith([50]))).toMatchObject({ disturbed: true, speed: { float32Gflops: 50 } })
    busy = false
    expect(await speedOf(engineWith([90]))).toMatchObject({ disturbed: false, speed: { float32Gflops: 90 } })
    busy = true
    now = 3_600_000
    expect(await speedOf(engineWith([20]))).toMatchObject({ disturbed: false, speed: { float32Gflops: 90 } })
  })

  it('is measured once for two concurrent callers', async () => {
    const engine = engineWith([100])
    const speedOf = machineSpeeds()
    await Promise.all([speedOf(engine), speedOf(engine)])
    expect(engine.measured()).toBe(3)
  })
})

describe('times learned from finished runs', () => {
  const stages = [
    { iteration: 0, stage: 'train', seconds: 100 },
    { iteration: 1, stage: 'train', seconds: 100 },
    { iteration: 1, stage: 'prompts', seconds: 10 },
  ] as const

  it('correct each stage by the median of its times, separately for SFT and preference training', () => {
    const record = (run: string, kind: string, taken: number) => ({ run, kind, estimated: 10, taken })
    const records = [
      record('a', 'later train', 20),
      record('b', 'later train', 30),
      record('c', 'later train', 25),
      record('a', 'first train', 5),
    ]
    const { stages: corrected, seconds, low, high, runs } = correctedTimes(stages, records)
    expect(corrected.map((one) => one.seconds)).toEqual([50, 250, 22.5])
    expect(seconds).toBeCloseTo(322.5)
    expect(low).toBeLessThan(seconds)
    expect(high).toBeGreaterThan(seconds)
    expect(high / low).toBeLessThan(4)
    expect(runs).toBe(3)
  })

  it('leave the estimate unchanged, with a wide range, if there are none', () => {
    expect(correctedTimes(stages, [])).toMatchObject({ seconds: 210, low: 105, high: 420, runs: 0 })
  })
})

describe('an estimate with finished runs', () => {
  let home: string
  let remove: () => void
  let store: Store
  beforeEach(() => {
    ;({ home, remove } = tinyHome())
    store = openTinyStore(home)
  })
  afterEach(() => {
    store.close()
    remove()
  })

  it('is close to the time of such a run, and ignores runs of another backend', async () => {
    const bench = workbench(async () => engineWith([0.001]))
    const newRuns = newRunsApi({ runs: runsApi({ home, store }), bench, store })
    const before = await newRuns.estimate({ ...tinyRecipe(home) })
    expect(before.basis.runs).toBe(0)
    const id = createTinyRun(store, home)
    await workWithStandIn(store, home, id)
    const taken = store.stages.ofRun(id).reduce((sum, { seconds }) => sum + seconds, 0)
    const after = await newRuns.estimate({ ...tinyRecipe(home) })
    expect(after.basis.runs).toBe(1)
    expect(Math.abs(Math.log(after.seconds / taken))).toBeLessThan(Math.abs(Math.log(before.seconds / taken)))
    store.runs.setEngine(id, { backend: 'tensorflow', precision: 'float32', threads: 1 })
    expect((await newRuns.estimate({ ...tinyRecipe(home) })).basis.runs).toBe(0)
  })
})

it('the measuring engine restarts for a new runtime once nothing is running', async () => {
  let runtime = ''
  let started = 0
  const bench = workbench(
    async () => {
      started++
      return standInEngine()
    },
    { runtime: () => runtime },
  )
  await bench.use(async () => {})
  await bench.use(async () => {})
  expect(started).toBe(1)
  runtime = 'a new pack'
  await bench.use(async () => {
    runtime = 'a newer one'
    await bench.use(async () => {}) // while the first is running: the engine stays
  })
  expect(started).toBe(2)
  await bench.close()
})

describe('an estimate for another backend', () => {
  let home: string
  let remove: () => void
  beforeEach(() => {
    ;({ home, remove } = tinyHome())
  })
  afterEach(() => remove())

  async function estimateOn(info: Partial<EngineInfo>, changes: object = {}) {
    const store = openTinyStore(home)
    const engine = standInEngine()
    const bench = workbench(async () => ({ ...engine, info: async () => ({ ...(await engine.info()), ...info }) }))
    const estimate = await newRunsApi({ runs: runsApi({ home, store }), bench, store }).estimate(
      tinyRecipe(home, { precision: 'bfloat16', ...changes }),
    )
    await bench.close()
    store.close()
    return estimate
  }

  it.each(['tensorflow', 'webgpu'] as const)('that has bfloat16 is in bfloat16 if the recipe is (%s)', async (backend) => {
    expect((await estimateOn({ backend, device: 'CPU' })).basis).toMatchObject({ backend, precision: 'bfloat16' })
  })

  it.each(['wasm', 'cpu'] as const)('that has none is in float32 (%s)', async (backend) => {
    expect((await estimateOn({ backend })).basis.precision).toBe('float32')
  })

  it.each([
    ['tensorflow', 'NVIDIA RTX', 'GPU memory'],
    ['webgpu', 'NVIDIA RTX', 'GPU memory'],
    ['webgpu', 'AMD Radeon', 'memory'],
    ['tensorflow', 'CPU', 'memory'],
    ['wasm', 'CPU', 'memory'],
  ] as const)('is compared with the memory of what computes: %s on %s, next to an NVIDIA GPU', async (backend, device, of) => {
    await withNvidiaSmi('NVIDIA RTX, 4096\n', async () => {
      const { memory } = await estimateOn({ backend, device })
      expect(memory.of).toBe(of)
      if (of === 'GPU memory') expect(memory.free).toBe(4 * 2 ** 30)
    })
  })

  it('counts the larger micro-batches of a GPU whose memory is known', async () => {
    const long = { candidates: { max_new_tokens: 2000 }, dpo: { batch_size: 512, max_length: 4096 } }
    const on = async (deviceMemory: number | null) =>
      (await estimateOn({ backend: 'webgpu', device: 'NVIDIA RTX', deviceMemory }, long)).memory.training.activations
    expect(await on(139e9)).toBeGreaterThan(2 * (await on(null)))
  })

  it('is compared with the machine’s memory where WebGPU computes on a GPU that reports none', async () => {
    await withNvidiaSmi(null, async () => {
      expect((await estimateOn({ backend: 'webgpu', device: 'Apple M4' })).memory).toMatchObject({ of: 'memory', free: expect.any(Number) })
    })
  })
})
