import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homeFolder } from '../../main/common/home.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { startLocalEngine } from '../../main/engine/hosts/local-process.ts'
import { testCluster } from '../../main/engine/hosts/ray/test-cluster.ts'
import { startRayEngine } from '../../main/engine/hosts/ray-engine.ts'
import { adapterFolder, adapterWeightsFile } from '../../main/engine/model/formats/safetensors/adapter-files.ts'
import { openSafetensors } from '../../main/engine/model/formats/safetensors/safetensors.ts'
import { notInstalled, softwareText } from '../../main/shared/cluster-facts.ts'
import type { StepMetrics, TrainParams } from '../../main/shared/engine-protocol.ts'
import { raySettings } from '../../main/shared/engine-settings.ts'
import { trainConfig } from '../../main/shared/train-config.ts'
import { saveClusterModel } from '../support/cluster-model.ts'
import { clusterSettings, everythingOnCluster, finishHere, runHome } from '../support/cluster-run.ts'
import { linux, needing } from '../support/needs.ts'
import { type RayCluster, rayCluster, rayEnvironment } from '../support/ray-cluster.ts'
import { differencesByEngines } from '../support/same-rows.ts'
import { contentOfRun } from '../support/tiny-run.ts'

const minute = 60_000
const near = 1e-3

/** The engine of this machine, and vLLM and TRL on a Ray cluster of two nodes, with the same weights. */
needing(linux, rayEnvironment).describe('the same request, on this machine and on a Ray cluster', { timeout: 30 * minute }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-same-'))
  const model = join(folder, 'model')
  let cluster: RayCluster
  let engines: readonly [local: Engine, remote: Engine]

  beforeAll(async () => {
    saveClusterModel(model)
    cluster = await rayCluster()
    const remote = startRayEngine({ home: folder, address: cluster.address, storage: cluster.storage, precision: 'float32' })
    engines = [await startLocalEngine({ home: homeFolder(), precision: 'float32', threads: 1 }), await remote]
  }, 10 * minute)

  afterAll(async () => {
    await Promise.all((engines ?? []).map((engine) => engine.close()))
    await cluster?.close()
    rmSync(folder, { recursive: true, force: true })
  }, minute)

  const onBoth = async <Value>(work: (engine: Engine) => Promise<Value>): Promise<[Value, Value]> => [
    await work(engines[0]),
    await work(engines[1]),
  ]
  const prompts = ['hello', 'what is 7', 'name a bird', 'why'].map((prompt) => ({ prompt }))

  test('the test of an engine finds that every node sees the storage, and what it has', async () => {
    const settings = raySettings.parse({ kind: 'ray', address: cluster.address, storage: cluster.storage })
    const found = await testCluster(settings, undefined, new AbortController().signal)
    expect(found).toMatchObject({ cluster: { nodes: 2, gpus: 0 }, notes: [] })
    expect(softwareText(found.cluster!)).not.toContain(notInstalled)
    const elsewhere = { ...settings, storage: join(folder, 'elsewhere'), folder: cluster.storage }
    await expect(testCluster(elsewhere, undefined, new AbortController().signal)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('greedy answers are equal', async () => {
    const sampling = { greedy: true, temperature: 0, topP: 1, topK: 0, maxNewTokens: 24, minNewTokens: 0, stop: [] }
    const rows = prompts.map((input) => ({ input, seeds: [1] }))
    const [here, there] = await onBoth(async (engine) => {
      const items = await Array.fromAsync(engine.generate({ model, rows, sampling, batch: 8 }))
      return items.sort((a, b) => a.row - b.row)
    })
    expect(there).toEqual(here)
  })

  test('log-probabilities of texts, of the most likely next tokens, and of choices are equal within 1e-3', async () => {
    const rows = prompts.map((input) => ({ input, continuation: ' is it so', choices: ['y', 'n'] }))
    const [here, there] = await onBoth(async (engine) => {
      const items = await Array.fromAsync(engine.score({ model, rows, top: 3, batch: 8 }))
      return items.sort((a, b) => a.row - b.row)
    })
    for (const [i, item] of here.entries()) {
      const other = there[i]
      expect([other.inputIds, other.topIds, other.choiceIds]).toEqual([item.inputIds, item.topIds, item.choiceIds])
      expect(differenceOf(item.tokenLogprobs, other.tokenLogprobs)).toBeLessThan(near)
      expect(differenceOf(item.topLogprobs, other.topLogprobs)).toBeLessThan(near)
      expect(differenceOf(item.choiceLogprobs!.flat(), other.choiceLogprobs!.flat())).toBeLessThan(near)
    }
  })

  const pairs = Array.from({ length: 7 }, (_, i) => ({ prompt: `what is ${i}`, chosen: `it is ${i} and so on`, rejected: `no${i}` }))
  const examples = pairs.map(({ prompt, chosen }) => ({ prompt, completion: chosen }))
  const config = {
    batch_size: 4,
    epochs: 2,
    learning_rate: 1e-3,
    warmup_steps: 1,
    save_steps: 0,
    seed: 5,
    weight_decay: 0.01,
    precision: 'float32',
  } as const

  const adapters = { lora: { rank: 4, alpha: 8, targets: ['q_proj', 'v_proj', 'down_proj'] } }

  test.each<[string, Pick<TrainParams, 'task' | 'rows'>, object]>([
    ['DPO', { task: 'dpo', rows: pairs }, {}],
    ['fine-tuning', { task: 'sft', rows: examples }, {}],
    ['DPO of adapters', { task: 'dpo', rows: pairs }, adapters],
    ['fine-tuning of adapters', { task: 'sft', rows: examples }, adapters],
  ])('losses, metrics, and weights of %s are equal within 1e-3, on two workers', async (name, { task, rows }, changes) => {
    const [here, there] = await onBoth(async (engine) => {
      const place = join(folder, `${name}-${engine === engines[0] ? 'here' : 'there'}`)
      const params = {
        model,
        task,
        rows,
        config: trainConfig.parse({ ...config, ...changes }),
        out: join(place, 'out'),
        checkpoints: join(place, 'ckpt'),
      }
      const items = await Array.fromAsync(engine.train(params))
      return {
        weights: [
          ...weightsIn(join(place, 'out', 'model.safetensors')),
          ...weightsIn(join(place, 'out', adapterFolder, adapterWeightsFile)),
        ],
        steps: items.flatMap((item) => (item.kind === 'step' ? [item.metrics] : [])),
        references: items.flatMap((item) => (item.kind === 'reference' ? [item] : [])).sort((a, b) => a.row - b.row),
      }
    })
    expect(there.steps).toHaveLength(here.steps.length)
    for (const [i, metrics] of here.steps.entries()) {
      const isUndecided = Math.abs(metrics['rewards/margins'] ?? 1) < 1e-5 // before the first update, which of two equal rewards is larger is rounding
      const isComparable = (metric: string): boolean => metric !== 'seconds' && !(isUndecided && metric === 'rewards/accuracies')
      const shared = Object.keys(metrics).filter((metric) => isComparable(metric) && metric in there.steps[i])
      expect(shared).toEqual(expect.arrayContaining(['loss', 'grad_norm', 'learning_rate', 'num_tokens', 'entropy', 'mean_token_accuracy']))
      for (const metric of shared) expect(off(metrics, there.steps[i], metric), `step ${i + 1}: ${metric}`).toBeLessThan(near)
    }
    expect(there.weights.map(([weight]) => weight)).toEqual(here.weights.map(([weight]) => weight))
    for (const [i, [weight, values]] of here.weights.entries()) {
      expect(differenceOf(values, there.weights[i][1]), weight).toBeLessThan(near)
    }
    for (const [i, { row, chosen, rejected }] of here.references.entries()) {
      expect(there.references[i].row).toBe(row)
      expect(differenceOf([chosen, rejected], [there.references[i].chosen, there.references[i].rejected])).toBeLessThan(near)
    }
  })

  /** Sampled answers are this machine's in both: vLLM draws others from a seed. `whole-run.test.ts` has the cluster answer greedily. */
  test('M0 to M2 are made of the same rows: judgements by vLLM, trainings by TRL', async () => {
    const changes = { evaluation: { count: 0 } }
    const here = runHome(join(folder, 'here'), changes)
    const there = runHome(join(folder, 'there'), { ...changes, engines: { ...everythingOnCluster, answers: 'local' } })
    there.store.engines.add('cluster', clusterSettings(cluster.address, cluster.anotherStorage('rows')))
    await finishHere(here)
    await finishHere(there)
    const content = contentOfRun(here.home)
    expect(content.pairs.length).toBeGreaterThan(0)
    expect(differencesByEngines(content, contentOfRun(there.home), near)).toEqual([])
  })
})

/** The tensors of a file by name; none if there is no such file. */
function weightsIn(file: string): [name: string, values: number[]][] {
  if (!existsSync(file)) return []
  const weights = openSafetensors(file)
  const found = weights.names.toSorted().map((name): [string, number[]] => [name, [...weights.read(name)]])
  weights.close()
  return found
}

const differenceOf = (a: readonly number[], b: readonly number[]): number => {
  expect(b).toHaveLength(a.length)
  return Math.max(0, ...a.map((value, i) => Math.abs(value - b[i])))
}

/** Relative to the value where that is large: log-probabilities of whole texts and numbers of tokens are. */
const off = (a: StepMetrics, b: StepMetrics, metric: string): number =>
  Math.abs(a[metric] - b[metric]) / Math.max(1, Math.abs(a[metric]) / 10)
