import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { train } from '../../main/engine/training/train.ts'
import type { StepMetrics, TrainParams } from '../../main/shared/engine-protocol.ts'
import { type TrainConfig, trainConfig } from '../../main/shared/train-config.ts'
import { useNativeBackend, useWasmBackend } from '../support/native.ts'
import { nativeLibrary, needing, softwareAdapter } from '../support/needs.ts'
import { fixtureFile } from '../support/shared.ts'
import { useSoftwareAdapter } from '../support/software-adapter.ts'

/** A tiny model's trainings, each of their steps as TRL and torch report it (`test/fixtures/make-trainings.py`). */
interface Recorded {
  readonly settings: Partial<TrainConfig>
  readonly dpo: {
    readonly rows: { prompt: number[]; chosen: number[]; rejected: number[] }[]
    readonly results: Record<string, { extra: Partial<TrainConfig>; steps: StepMetrics[] }>
  }
  readonly reward: {
    readonly rows: { better: number[]; worse: number[]; yes: number; no: number; margin: number; weight: number }[]
    readonly results: (Pick<TrainConfig, 'label_smoothing' | 'nll_weight'> & { steps: StepMetrics[] })[]
  }
}
const recorded = JSON.parse(readFileSync(fixtureFile('trainings.json'), 'utf8')) as Recorded
const ids = (inputIds: number[]) => ({ inputIds })

const losses = Object.entries(recorded.dpo.results)
const judges = recorded.reward.results
const backends = [
  { name: 'wasm', use: useWasmBackend, needs: [], losses, judges, count: 6 },
  // a software adapter takes seconds a step: the loss and the judge with the most terms, up to what the first update changed
  {
    ...{ name: 'webgpu', use: useSoftwareAdapter, needs: [softwareAdapter] },
    ...{ losses: losses.filter(([name]) => name === 'sigmoid+sft'), judges: judges.filter(({ nll_weight }) => nll_weight > 0), count: 2 },
  },
  { name: 'native', use: useNativeBackend, needs: [nativeLibrary], losses, judges, count: 6 },
]

for (const backend of backends) {
  needing(...backend.needs).describe(`a tiny model trained on the ${backend.name} backend`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'laurel-trainings-'))
    beforeAll(backend.use)
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    test.each(backend.losses)(`matches TRL in ${backend.count} steps of the loss %s`, async (name, { extra, steps }) => {
      const rows = firstRows(recorded.dpo.rows).map(({ prompt, chosen, rejected }) => ({
        prompt: ids(prompt),
        chosen: ids(chosen),
        rejected: ids(rejected),
      }))
      const loss = { ...extra, loss_type: name.split('+') } as Partial<TrainConfig> // checked by the schema
      expectSame(await metricsOf('dpo', rows, loss), steps.slice(0, backend.count))
    })

    test.each(backend.judges)(
      `matches torch in ${backend.count} steps as a judge, with label smoothing $label_smoothing and the likelihood weight $nll_weight`,
      async ({ steps, ...settings }) => {
        const rows = firstRows(recorded.reward.rows).map(({ better, worse, ...row }) => ({
          better: ids(better),
          worse: ids(worse),
          ...row,
        }))
        expectSame(await metricsOf('reward', rows, settings), steps.slice(0, backend.count))
      },
    )

    /** Those of the steps that are compared: rows are taken in order. */
    function firstRows<T>(rows: readonly T[]): T[] {
      return rows.slice(0, backend.count * trainConfig.parse(recorded.settings).batch_size)
    }

    async function metricsOf(task: TrainParams['task'], rows: TrainParams['rows'], changes: Partial<TrainConfig>): Promise<StepMetrics[]> {
      const fixed = { lr_scheduler: 'constant', shuffle: false, save_steps: 0, freeze_padding: true } as const
      const config = trainConfig.parse({ ...recorded.settings, ...fixed, ...changes })
      const place = mkdtempSync(join(folder, 'training-'))
      const params = {
        task,
        model: fixtureFile('zoo/llama-tied'),
        rows,
        config,
        out: join(place, 'out'),
        checkpoints: join(place, 'steps'),
      }
      const metrics: StepMetrics[] = []
      for await (const item of train(params)) if (item.kind === 'step') metrics.push(item.metrics)
      return metrics
    }
  })
}

/** Relative to numbers above 1. */
function expectSame(metrics: StepMetrics[], steps: StepMetrics[]): void {
  expect(metrics).toHaveLength(steps.length)
  steps.forEach((expected, i) => {
    for (const [name, value] of Object.entries(expected)) {
      if (i === 0 && name === 'rewards/accuracies') continue // policy and reference are the same, so rounding decides
      expect(Math.abs(metrics[i][name] - value) / Math.max(1, Math.abs(value)), `${name} of step ${i + 1}`).toBeLessThan(1e-4)
    }
  })
}
