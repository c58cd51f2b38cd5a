import { existsSync, rmSync } from 'node:fs'
import { filesStamp } from '../common/files-stamp.ts'
import { modelFingerprint } from '../common/fingerprint.ts'
import type { DpoRow, LeftOutRow, Message, SftRow } from '../engine/protocol.ts'
import { precisionOf, type TrainConfig } from '../engine/train-config.ts'
import type { ExampleRow } from '../store/examples.ts'
import type { ModelRow } from '../store/models.ts'
import type { TrainingRow } from '../store/trainings.ts'
import { checkpointFolder, modelFolder, note, type RunContext, type Stage, warn } from './context.ts'
import { leftOutRows, reportLeftOut } from './left-out.ts'
import type { TrainingPair } from './pairs.ts'
import type { TrainingRecipe } from './recipe.ts'
import { seedAt } from './seeds.ts'

/** One training: the model it makes, from which, on what. */
export interface TrainingPlan {
  readonly name: string
  readonly task: 'sft' | 'dpo'
  readonly from: ModelRow
  readonly rows: readonly (SftRow | DpoRow)[]
  readonly settings: TrainingRecipe
  /** What it is trained on, in words. */
  readonly data: string
}

/** Instruction and evaluation examples as rows to fine-tune on. Judge prompts carry no loss: they are given, never to be written. */
export function fineTuningRows(ift: readonly ExampleRow[], eft: readonly ExampleRow[]): SftRow[] {
  const rowOf = (example: ExampleRow): SftRow => ({
    prompt: example.conversation ?? [user(example.instruction)],
    completion: [assistant(example.response ?? '')],
    ...(example.weights !== null && { weights: example.weights }),
  })
  return [...ift.map(rowOf), ...eft.map((example) => ({ ...rowOf(example), promptWeight: 0 }))]
}

export const preferenceRows = (pairs: readonly TrainingPair[]): DpoRow[] =>
  pairs.map(({ instruction, chosen, rejected }) => ({
    prompt: [user(instruction)],
    chosen: [assistant(chosen)],
    rejected: [assistant(rejected)],
  }))

const user = (content: string): Message => ({ role: 'user', content })
const assistant = (content: string): Message => ({ role: 'assistant', content })

/**
 * Make a model, or give it if it is there. A training that was cut short goes on from its newest checkpoint; a model folder that is complete
 * but has no row (the process died between the two) is adopted, with what its journal tells of its steps. Without rows there is nothing to learn: the model is its predecessor.
 */
export async function trainModel(stage: Stage, plan: TrainingPlan): Promise<ModelRow> {
  const { store, runId } = stage
  const known = store.models.find(runId, plan.name)
  if (known === undefined) await makeModel(stage, plan)
  rmSync(checkpointFolder(stage, plan.name), { recursive: true, force: true }) // only now: the model and its row are complete
  return known ?? store.models.find(runId, plan.name)!
}

/** A training's row, made now or found: from then on it has begun. */
export const beginTraining = (stage: Stage, plan: Pick<TrainingPlan, 'name' | 'task' | 'settings'>, rows: number): TrainingRow =>
  stage.store.trainings.begin({ runId: stage.runId, name: plan.name, task: plan.task, rows, config: configOf(stage, plan) })

async function makeModel(stage: Stage, plan: TrainingPlan): Promise<void> {
  const { store, runId } = stage
  const lineage = {
    runId,
    name: plan.name,
    initialisedFrom: plan.from.name,
    reference: plan.task === 'dpo' ? plan.from.name : null,
    data: plan.data,
  }
  if (plan.rows.length === 0) {
    warn(stage, 'nothing-to-train-on', `There is nothing to train ${plan.name} on, so it is the same model as ${plan.from.name}.`)
    store.models.add({ ...lineage, path: plan.from.path, sha256: plan.from.sha256, filesStamp: plan.from.filesStamp })
    return
  }
  const out = modelFolder(stage, plan.name)
  const training = beginTraining(stage, plan, plan.rows.length)
  if (existsSync(out)) note(stage, `${plan.name} was complete already.`)
  await runTraining(stage, plan, training.id, out) // of a complete model the engine tells the steps, from the journal beside its checkpoints
  for (const inTheWay of [[out], [out, checkpointFolder(stage, plan.name)]]) {
    if (isRecorded(stage, plan.name)) break
    warn(stage, 'metrics-lost', `Metrics of ${plan.name} are missing, so steps of its training are done again.`)
    for (const path of inTheWay) rmSync(path, { recursive: true, force: true }) // a checkpoint may lie beyond what is missing
    await runTraining(stage, plan, training.id, out)
  }
  const stamp = filesStamp(out)
  const sha256 = await modelFingerprint(out)
  const cut = cutShort(stage, plan.name)
  store.transaction(() => {
    const data = cut === null ? plan.data : `${plan.data} (ended early: ${cut})`
    store.models.add({ ...lineage, data, path: out, sha256, filesStamp: stamp })
    store.trainings.finish(training.id)
    store.trainings.dropCheckpoints(training.id)
  })
}

/**
 * Whether the metrics of all steps of a training are stored: without them it is not finished. A training that the user ends early has fewer steps than
 * were planned, and one that never told how many it has is as long as what is known of it.
 */
function isRecorded({ store, runId, conclude }: Stage, name: string): boolean {
  const training = store.trainings.find(runId, name)!
  const last = store.metrics.lastStep(training.id)
  return (
    last > 0 && store.metrics.stepCount(training.id) === last && (training.steps === null || last >= training.steps || conclude.aborted)
  )
}

async function runTraining(stage: Stage, plan: TrainingPlan, id: number, out: string): Promise<void> {
  const { store, engine, stop, conclude, tell, iteration } = stage
  const checkpoints = checkpointFolder(stage, plan.name)
  const request = {
    task: plan.task,
    model: plan.from.path,
    rows: [...plan.rows],
    config: configOf(stage, plan),
    out,
    checkpoints,
    leaveOut: true,
  }
  let steps = 0
  for await (const item of engine.train(request, { signal: stop, conclude })) {
    switch (item.kind) {
      case 'started':
        if (item.steps === 0) break // it was complete; its steps are told again
        steps = item.steps
        store.trainings.setSize(id, item.steps, item.truncatedRows)
        if (item.resumedFrom > 0) note(stage, `Training of ${plan.name} goes on from step ${item.resumedFrom}.`)
        if (item.truncatedRows > 0)
          warn(stage, 'truncated', `${item.truncatedRows} of ${plan.rows.length} rows were longer than max_length and were cut.`)
        warnOfLeftOut(stage, plan, item.leftOut ?? [])
        break
      case 'reference-progress':
        tell({
          kind: 'progress',
          iteration,
          stage: stage.stage,
          what: `reference of ${plan.name}`,
          done: item.done,
          total: item.total,
          perSecond: null,
          secondsLeft: null,
        })
        break
      case 'step':
        store.metrics.addStep(id, item.step, item.metrics)
        tell({ kind: 'training-step', iteration, stage: stage.stage, model: plan.name, step: item.step, steps, metrics: item.metrics })
        break
      case 'reference':
        store.trainings.addReference(id, item.row, item.chosen, item.rejected)
        break
      case 'checkpoint':
        store.trainings.addCheckpoint(id, item.step, item.path)
        break
    }
  }
}

function warnOfLeftOut(stage: Stage, plan: TrainingPlan, leftOut: readonly LeftOutRow[]): void {
  const rows = leftOutRows<number>(`rows of ${plan.name}'s training`, plan.rows.length, (row) => `row ${row + 1}`)
  for (const { row, leftOut: reason } of leftOut) rows.add(row, reason)
  reportLeftOut(stage, rows, { total: plan.rows.length })
}

/** How much of a training was done, where a person ended it before its last step: "12 of 24 steps". Null: all of it. */
export function cutShort({ store, runId }: Pick<RunContext, 'store' | 'runId'>, name: string): string | null {
  const training = store.trainings.find(runId, name)
  if (training?.steps == null || store.runs.find(runId)?.endRequestedAt == null) return null
  const done = store.metrics.lastStep(training.id)
  return done < training.steps ? `${done} of ${training.steps} steps` : null
}

/** A training's settings in full: precision and seed are the run's unless it names its own. */
export const configOf = (context: RunContext, { name, settings }: Pick<TrainingPlan, 'name' | 'settings'>): TrainConfig => ({
  ...settings,
  precision: precisionOf(settings.precision, context.precision),
  seed: settings.seed ?? seedAt(context, 'train', name),
})
