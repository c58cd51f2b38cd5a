import { copyFileSync, existsSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { writeFolder } from '../../../common/write-folder.ts'
import type { DpoRow, LeftOutRow, SftRow, TrainItem, TrainParams } from '../../../shared/engine-protocol.ts'
import { badInput, LaurelError, stopped } from '../../../shared/errors.ts'
import { lossProblems } from '../../../shared/loss-settings.ts'
import { progressed } from '../../backends/pulse.ts'
import { adapterFolder, adapterWeightsFile, peftPrefix, writeAdapterConfig } from '../../model/formats/safetensors/adapter-files.ts'
import { textFiles } from '../../model/formats/safetensors/save-model.ts'
import { writeSafetensors } from '../../model/formats/safetensors/write-safetensors.ts'
import { type Adaptation, initialA, isAdapted } from '../../model/initial-adapters.ts'
import { type ModelFiles, openModel } from '../../model/load-model.ts'
import { type DpoExample, type Encoded, encodeDpo, encodeSft, type SftExample } from '../../training/encoded-rows.ts'
import { learningRateAt } from '../../training/optimizer.ts'
import { rowsOfStep, totalSteps } from '../../training/task.ts'
import type { Interruptions } from '../../training/train.ts'
import type { ClusterModels } from './cluster-models.ts'
import { type TrainingStep, type TrainRequest, trainedItem } from './cluster-protocol.ts'
import { type ClusterWork, clusterItems, requestId } from './cluster-work.ts'
import type { SharedStorage } from './shared-storage.ts'

/** Of rows in a file, in characters. */
const partLength = 2 ** 25

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
  const model = await models.provide(params.model)
  const request: TrainRequest = {
    ...{ kind: 'train', task: plan.task, model, precision: params.config.precision },
    ...{ examples: storedExamples(store, plan.examples), steps: plan.steps, config: params.config },
    ...(params.config.lora !== null && { adapters: initialAdapters(store, files, model, { ...params.config, lora: params.config.lora }) }),
  }
  const id = requestId(JSON.stringify(request))
  if (existsSync(params.out)) {
    removeCheckpoints(store, id)
    yield { kind: 'started', steps: 0, resumedFrom: 0, truncatedRows: 0 } // finished earlier; its steps are in the journal
    return
  }
  yield { kind: 'started', steps: plan.steps.at(-1)?.number ?? 0, resumedFrom: 0, truncatedRows: plan.truncated, leftOut: plan.leftOut }
  if (conclude.aborted && !store.exists(`results/${id}`)) throw stopped() // nothing to keep
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
  const training = `trainings/${id}`
  const folder = `${training}/model-${last}`
  fetchModel(options, files, { weights: folder, adapter: `${training}/adapter-${last}` }, params)
  removeCheckpoints(store, id)
  await models.adopt(params.out, folder)
}

/**
 * Removes the checkpoints of a training that was ended early, which the cluster keeps until its model is here: until then it may continue.
 * Markers go first, so that none counts of which only a part is left.
 */
function removeCheckpoints(store: SharedStorage, id: string): void {
  const folder = `trainings/${id}/checkpoints`
  try {
    for (const name of store.names(folder).filter((name) => name.endsWith('.json'))) store.remove(`${folder}/${name}`)
    store.remove(folder)
  } catch {
    // they are the cluster's files, which this machine's user may not be allowed to remove; the model is here
  }
}

/** Puts examples into the storage, in parts: all of a large training's don't fit a single text. Returns the parts' names there. */
function storedExamples(store: SharedStorage, examples: readonly object[]): string[] {
  const names: string[] = []
  let part: string[] = []
  let length = 0
  function finish(): void {
    const text = part.join('')
    const name = requestId(text)
    if (!store.exists(`rows/${name}.jsonl`)) store.write(`rows/${name}.jsonl`, text)
    names.push(name)
    ;[part, length] = [[], 0]
    progressed()
  }
  for (const example of examples) {
    const line = `${JSON.stringify(example)}\n`
    if (part.length > 0 && length + line.length > partLength) finish()
    part.push(line)
    length += line.length
  }
  if (part.length > 0) finish()
  return names
}

/** Puts the values that the local engine's adapters begin with into the storage. Returns their name there. */
function initialAdapters(store: SharedStorage, { weights }: ModelFiles, model: string, { lora, seed, random }: Adaptation): string {
  const { rank, targets } = lora
  const name = requestId(JSON.stringify({ model, rank, targets, seed, random }))
  const file = `adapters/${name}/${adapterWeightsFile}`
  if (store.exists(file)) return name
  const tensors = weights.names
    .filter((weight) => isAdapted(weight, lora))
    .map((weight) => {
      const [, inputs] = weights.shape(weight)
      return {
        ...{ name: `${peftPrefix}${weight.replace(/\.weight$/, '')}.lora_A.weight`, shape: [rank, inputs], dtype: 'F32' as const },
        get data() {
          return initialA(weight, inputs, { lora, seed, random })
        },
      }
    })
  store.fill(file, (temporary) => writeSafetensors(temporary, tensors))
  return name
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
function fetchModel(
  { store, models }: ClusterTrainingOptions,
  files: ModelFiles,
  folders: { readonly weights: string; readonly adapter: string },
  { model, out, config: { lora } }: TrainParams,
): void {
  const weights = models.weightFiles(folders.weights)
  if (weights.length === 0) {
    throw new LaurelError('ENGINE_LOST', `${store.path(folders.weights)} has no weights.`, 'Resume to train it again.')
  }
  const { configJson, tokenizerFiles } = files
  writeFolder(out, {
    bytes: weights.reduce((sum, name) => sum + statSync(store.path(`${folders.weights}/${name}`)).size, 0),
    mayReplace: (existing) => existsSync(join(existing, 'config.json')),
    fill(temporary) {
      for (const [name, text] of textFiles({ configJson, tokenizerFiles, dtype: 'F32' })) writeFileSync(join(temporary, name), text)
      for (const name of weights) {
        copyFileSync(store.path(`${folders.weights}/${name}`), join(temporary, name))
        progressed()
      }
      if (lora === null) return
      writeAdapterConfig(join(temporary, adapterFolder), { lora, base: resolve(model) })
      copyFileSync(store.path(`${folders.adapter}/${adapterWeightsFile}`), join(temporary, adapterFolder, adapterWeightsFile))
    },
  })
}
