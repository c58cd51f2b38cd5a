import { copyFileSync, existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFolder } from '../../../common/write-folder.ts'
import type { DpoRow, LeftOutRow, SftRow, TrainItem, TrainParams } from '../../../shared/engine-protocol.ts'
import { badInput, LaurelError, stopped } from '../../../shared/errors.ts'
import { lossProblems } from '../../../shared/loss-settings.ts'
import { progressed } from '../../backends/pulse.ts'
import { textFiles } from '../../model/formats/safetensors/save-model.ts'
import { type ModelFiles, openModel } from '../../model/load-model.ts'
import { type DpoExample, type Encoded, encodeDpo, encodeSft, type SftExample } from '../../training/encoded-rows.ts'
import { learningRateAt } from '../../training/optimizer.ts'
import { rowsOfStep, totalSteps } from '../../training/task.ts'
import type { Interruptions } from '../../training/train.ts'
import type { ClusterModels } from './cluster-models.ts'
import { type TrainingStep, type TrainRequest, trainedItem } from './cluster-protocol.ts'
import { type ClusterWork, clusterItems, requestId } from './cluster-work.ts'

interface ClusterTrainingOptions extends ClusterWork {
  readonly models: ClusterModels
}

/**
 * Trains a model by TRL on the cluster. Rows are encoded, and steps and learning rates computed, by the code of the local engine, so both
 * see the same batches in the same order. The weights come back into `params.out`, which appears complete or not at all.
 */
export async function* clusterTraining(
  options: ClusterTrainingOptions,
  params: TrainParams,
  { signal, conclude }: Interruptions,
): AsyncGenerator<TrainItem> {
  const { store, models } = options
  const files = await openModel(params.model)
  files.weights.close()
  const plan = planOf(files, params)
  const request: TrainRequest = {
    ...{ kind: 'train', task: plan.task, model: await models.provide(params.model), precision: params.config.precision },
    ...{ examples: plan.examples, steps: plan.steps, config: params.config },
  }
  if (existsSync(params.out)) {
    yield { kind: 'started', steps: 0, resumedFrom: 0, truncatedRows: 0 } // finished earlier; its steps are in the journal
    return
  }
  yield { kind: 'started', steps: plan.steps.at(-1)?.number ?? 0, resumedFrom: 0, truncatedRows: plan.truncated, leftOut: plan.leftOut }
  if (conclude.aborted && !store.exists(`results/${requestId(JSON.stringify(request))}`)) throw stopped() // nothing to keep
  let last = 0
  for await (const item of clusterItems(options, request, trainedItem, { signal, conclude })) {
    if (item.kind === 'reference') yield { ...item, row: plan.rows[item.row] }
    else if (item.kind !== 'step') yield item
    else if (item.step > last) {
      last = item.step // a step after a checkpoint may have been done twice
      yield { ...item, metrics: { ...item.metrics, ...plan.figures.get(item.step) } }
    }
  }
  if (last === 0) throw stopped()
  const folder = `trainings/${requestId(JSON.stringify(request))}/model-${last}`
  fetchModel(options, files, folder, params.out)
  await models.adopt(params.out, folder)
}

interface ClusterPlan {
  readonly task: TrainRequest['task']
  readonly examples: readonly object[]
  readonly steps: readonly TrainingStep[]
  /** What Laurel knows about a step better than the trainer, which counts padded rows and reports the next learning rate. */
  readonly figures: ReadonlyMap<number, { learning_rate: number; num_tokens: number }>
  readonly truncated: number
  readonly leftOut: LeftOutRow[]
  /** Row index of each example. */
  readonly rows: readonly number[]
}

function planOf(files: ModelFiles, params: TrainParams): ClusterPlan {
  const { config, leaveOut } = params
  if (params.task === 'reward') {
    const remedy = "Train the judge on this machine's engine, or choose another judge."
    throw new LaurelError('UNSUPPORTED', "TRL trains no judges as Laurel does, so the Ray host can't.", remedy)
  }
  if (params.task === 'sft') {
    const { max_length: maxLength, prompt_weight: promptWeight } = config
    const encoded = encodeSft(files, params.rows as SftRow[], { maxLength, promptWeight, leaveOut })
    const examples = encoded.examples.map((example, i) => sftTargets(example, encoded.rows[i]))
    const idle = new Set(examples.flatMap(({ targets }, i) => (targets.length === 0 ? [i] : [])))
    const tokensOf = (i: number): number => examples[i].ids.length
    return completed('sft', encoded, examples, params, tokensOf, idle)
  }
  for (const { key, message, remedy } of lossProblems(config)) throw badInput(`${key}: ${message}`, remedy)
  const encoded = encodeDpo(files, params.rows as DpoRow[], { maxLength: config.max_length, leaveOut })
  const examples = encoded.examples.map((example, i) => plainPair(example, encoded.rows[i]))
  const tokensOf = (i: number): number => 2 * examples[i].prompt.length + examples[i].chosen.length + examples[i].rejected.length
  return completed('dpo', encoded, examples, params, tokensOf, new Set())
}

function completed(
  task: TrainRequest['task'],
  { truncated, leftOut, rows }: Encoded<unknown>,
  examples: readonly object[],
  { config }: TrainParams,
  tokensOf: (example: number) => number,
  idle: ReadonlySet<number>,
): ClusterPlan {
  const total = totalSteps(examples.length, config)
  const steps: TrainingStep[] = []
  const figures = new Map<number, { learning_rate: number; num_tokens: number }>()
  let tokens = 0
  for (let step = 0; step < total; step++) {
    const inStep = rowsOfStep(examples.length, step, config)
    if (inStep.every((row) => idle.has(row))) continue
    const learningRate = learningRateAt(step, total, config)
    steps.push({ number: step + 1, rows: inStep, learningRate })
    tokens += inStep.reduce((sum, row) => sum + tokensOf(row), 0)
    figures.set(step + 1, { learning_rate: learningRate, num_tokens: tokens })
  }
  if (steps.length === 0)
    throw badInput('no token of any row has a loss weight, so there is nothing to train on', 'Add rows with weights above 0.')
  const without = [...idle].map((i) => ({ row: rows[i], leftOut: 'none of its tokens has a loss weight' }))
  return { task, examples, steps, figures, truncated, leftOut: [...leftOut, ...without], rows }
}

/** An example's token ids, and which of them have a loss. */
function sftTargets({ prompt, completion, promptWeight, weights }: SftExample, row: number): { ids: number[]; targets: number[] } {
  const ofPrompt = prompt.map((_, i) => (i === 0 ? 0 : promptWeight))
  const all = [...ofPrompt, ...(weights ?? completion.map(() => 1))]
  const fraction = all.find((weight) => weight !== 0 && weight !== 1)
  if (fraction !== undefined) {
    const message = `a token's loss weight is ${fraction}, and TRL knows only 0 and 1`
    throw new LaurelError('UNSUPPORTED', message, "Train on this machine's engine, or set a prompt_weight of 0 or 1.", { row })
  }
  return { ids: [...prompt, ...completion], targets: all.flatMap((weight, i) => (weight === 1 ? [i] : [])) }
}

function plainPair({ prompt, chosen, rejected, weight, consistency }: DpoExample, row: number): Omit<DpoExample, 'weight' | 'consistency'> {
  if (weight === 1 && consistency === 1) return { prompt, chosen, rejected }
  const message = `a pair has a ${weight === 1 ? 'consistency' : 'weight'} other than 1, which TRL's loss doesn't know`
  throw new LaurelError('UNSUPPORTED', message, "Train on this machine's engine, or choose another pair rule.", { row })
}

/** Copies the trained weights here, with the files that the local engine writes next to them. */
function fetchModel({ store, models }: ClusterTrainingOptions, files: ModelFiles, folder: string, out: string): void {
  const weights = models.weightFiles(folder)
  if (weights.length === 0) {
    throw new LaurelError('ENGINE_LOST', `${store.path(folder)} has no weights.`, 'Resume to train it again.')
  }
  const { configJson, tokenizerFiles } = files
  writeFolder(out, {
    bytes: weights.reduce((sum, name) => sum + statSync(store.path(`${folder}/${name}`)).size, 0),
    mayReplace: (existing) => existsSync(join(existing, 'config.json')),
    fill(temporary) {
      for (const [name, text] of textFiles({ configJson, tokenizerFiles, dtype: 'F32' })) writeFileSync(join(temporary, name), text)
      for (const name of weights) {
        copyFileSync(store.path(`${folder}/${name}`), join(temporary, name))
        progressed()
      }
    },
  })
}
