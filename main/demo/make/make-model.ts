import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { homeFolder } from '../../common/home.ts'
import { resourceFile } from '../../common/resources.ts'
import { startBackend } from '../../engine/backends/start-backend.ts'
import { parseConfig } from '../../engine/model/config.ts'
import { createDecoder, type Decoder } from '../../engine/model/decoder.ts'
import { type TensorToWrite, writeSafetensors } from '../../engine/model/formats/safetensors/write-safetensors.ts'
import { loadWeights, parametersOf } from '../../engine/model/weights.ts'
import { findRuntime } from '../../runtimes/find.ts'
import { promptSet, tuningPromptCount } from '../demo-seed-data.ts'
import { configJson, modelFolderFiles } from '../write-model-files.ts'
import { initialWeights } from './initial-weights.ts'
import { type JudgeQuality, judgeQuality } from './measure-judge.ts'
import { pretrain } from './pretraining.ts'
import { readCheckpoint, writeCheckpoint } from './pretraining-checkpoint.ts'
import type { OptimizerState } from './pretraining-optimizer.ts'

/**
 * Trains the demo's base model M0 from scratch: `node main/demo/make/make-model.ts --work FOLDER [--seed N] [--steps N]
 * [--out FOLDER] [--threads N]`. Takes about ten minutes on two cores. It can be killed at any time: run again with the same folder, it
 * resumes from its newest checkpoint. Training metrics are in `FOLDER/log.jsonl`.
 */
const { values: options } = parseArgs({
  options: {
    work: { type: 'string' },
    seed: { type: 'string', default: '0' },
    steps: { type: 'string', default: '1200' },
    out: { type: 'string', default: resourceFile('demo', 'model') },
    threads: { type: 'string' },
  },
})
if (options.work === undefined) throw new Error('Set a folder for checkpoints and the log: --work FOLDER')
const work = options.work
const plan = { seed: Number(options.seed), steps: Number(options.steps), batch: 48 } // 48 documents are about 3,700 tokens
const logEvery = 20
const measureEvery = 100
const measuredPrompts = 100 // the whole tuning set is used at the end

await startBackend({
  precision: 'float32',
  threads: options.threads === undefined ? undefined : Number(options.threads),
  runtimeFolder: findRuntime(homeFolder())?.folder ?? null,
})
const config = parseConfig(configJson, 'the demo model')
const weights = loadWeights(config, initialWeights(config, plan.seed), { precision: 'float32', train: 'full' })
const decoder = createDecoder(config, weights, 'float32')
const state: OptimizerState = new Map()
mkdirSync(work, { recursive: true })
const log = (entry: object): void => {
  console.error(JSON.stringify(entry))
  appendFileSync(join(work, 'log.jsonl'), `${JSON.stringify(entry)}\n`)
}

const begin = performance.now()
const seconds = (): number => Math.round((performance.now() - begin) / 1000)
for await (const { step, loss } of pretrain(decoder, plan, state, readCheckpoint(work, decoder, state))) {
  if (step % logEvery === 0) log({ step, loss: round(loss), seconds: seconds() })
  if (step % measureEvery !== 0 && step !== plan.steps) continue
  log({
    step,
    ...rounded(judgeQuality(decoder, promptSet('tuning', step === plan.steps ? tuningPromptCount : measuredPrompts, 0), plan.seed)),
  })
  writeCheckpoint(work, step, decoder, state)
}
saveModel(decoder, options.out)

function saveModel(trained: Decoder, folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of modelFolderFiles()) writeFileSync(join(folder, name), content)
  writeSafetensors(join(folder, 'model.safetensors'), tensorsOf(trained))
}

/** Every tensor by its Hugging Face name. float32: 16-bit would halve the file, but change the measured weights. */
function tensorsOf(trained: Decoder): TensorToWrite[] {
  return parametersOf(trained.weights).flatMap(({ parts, value }) => {
    const values = value.dataSync<'float32'>()
    let end = 0
    return parts.map(({ name, shape }) => {
      const start = end
      end += shape.reduce((product, n) => product * n, 1)
      return { name, shape, dtype: 'F32', data: values.subarray(start, end) }
    })
  })
}

function rounded({ satisfied, broken, pairwise }: JudgeQuality): object {
  const all = (shares: object) => Object.fromEntries(Object.entries(shares).map(([name, share]) => [name, round(share)]))
  return { satisfied: all(satisfied), broken: all(broken), pairwise: round(pairwise) }
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
