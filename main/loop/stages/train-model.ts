import { createHash } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { filesStamp, modelFingerprint } from '../../common/file-identity.ts'
import { mean, numberText, percentText } from '../../common/numbers.ts'
import type { DpoRow, LeftOutRow, Message, ResponseInput, RewardRow, SftRow, TrainParams } from '../../shared/engine-protocol.ts'
import { isCoupling } from '../../shared/failure-signs.ts'
import type { TrainingRecipe } from '../../shared/recipe.ts'
import { precisionOf, type TrainConfig, type TrainTask } from '../../shared/train-config.ts'
import type { ExampleRow } from '../../store/tables/examples-table.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import type { TrainingRow } from '../../store/tables/trainings-table.ts'
import { trainingCoupling } from '../preferences/coupling.ts'
import type { TrainingPair } from '../preferences/pair-rules.ts'
import { shareOfUser } from '../preferences/training-pairs.ts'
import { checkpointFolder, modelFolder, note, type RunContext, type Stage, warn } from '../run-context.ts'
import { inRole } from '../run-engines.ts'
import type { StageSummary } from '../run-stage.ts'
import { leftOutRows } from '../stage-report.ts'
import { seedAt } from '../stage-work.ts'
import { choosesCheckpoint, chosenStep, trainAndChoose } from './choose-checkpoint.ts'

/** One training: the model to make, its starting point, and its data. */
interface TrainingPlan {
  readonly name: string
  readonly task: TrainTask
  readonly from: ModelRow
  readonly rows: readonly (SftRow | DpoRow | RewardRow)[]
  readonly settings: TrainingRecipe
  /** Description of the training data. */
  readonly data: string
}

type TaughtExample = Pick<ExampleRow, 'instruction' | 'conversation' | 'response' | 'weights'>

/** Whether the token limit cut off a response of the run's. */
type IsCut = (instruction: string, response: string) => boolean

/** Whether a response is one of the iterations' that the token limit cut off. Its end isn't one to learn. */
export function cutResponses({ store, runId }: RunContext, ...iterations: readonly number[]): IsCut {
  const keys = new Set<string>() // digests: there may be millions of such responses
  const keyOf = (instruction: string, response: string): string =>
    createHash('sha256')
      .update(JSON.stringify([instruction, response]))
      .digest('base64')
  for (const iteration of iterations) {
    for (const span of store.prompts.spans(runId, iteration)) {
      for (const { instruction, text } of store.candidates.cut(runId, iteration, span)) keys.add(keyOf(instruction, text))
    }
  }
  return (instruction, response) => keys.size > 0 && keys.has(keyOf(instruction, response))
}

/** Instruction and evaluation examples as SFT rows. Judge prompts carry no loss: they are always given, never generated. */
export function fineTuningRows(ift: readonly TaughtExample[], eft: readonly TaughtExample[], isCut: IsCut): SftRow[] {
  const rowOf = (example: TaughtExample): SftRow => ({
    ...demonstrationRow(example.instruction, example.response ?? '', isCut(example.instruction, example.response ?? '')),
    ...(example.conversation !== null && { prompt: example.conversation }),
    ...(example.weights !== null && { weights: example.weights }),
  })
  return [...ift.map(rowOf), ...eft.map((example) => ({ ...rowOf(example), promptWeight: 0 }))]
}

/** A prompt and the response to learn. */
export const demonstrationRow = (instruction: string, response: string, isCut: boolean): SftRow => ({
  prompt: [user(instruction)],
  completion: responseSide(response, isCut),
})

export const preferenceRows = (pairs: readonly TrainingPair[], isCut: IsCut): DpoRow[] =>
  pairs.map(({ instruction, chosen, rejected, consistency }) => ({
    prompt: [user(instruction)],
    chosen: responseSide(chosen, isCut(instruction, chosen)),
    rejected: responseSide(rejected, isCut(instruction, rejected)),
    ...(consistency !== undefined && { consistency }),
  }))

const responseSide = (response: string, isCut: boolean): ResponseInput => (isCut ? { unfinished: response } : [assistant(response)])

const user = (content: string): Message => ({ role: 'user', content })
const assistant = (content: string): Message => ({ role: 'assistant', content })

/**
 * Trains a model, or returns it if it exists. An interrupted training resumes from its newest checkpoint. A complete model folder without a
 * row (the process died between the two) is adopted, with step metrics from its journal. With no rows to train on, the model is its
 * predecessor.
 */
export async function trainModel(stage: Stage, plan: TrainingPlan): Promise<ModelRow> {
  const { store, runId } = stage
  const known = store.models.find(runId, plan.name)
  if (known === undefined) await makeModel(stage, plan)
  rmSync(checkpointFolder(stage, plan.name), { recursive: true, force: true }) // only now that model and row are complete
  return known ?? store.models.find(runId, plan.name)!
}

/** Creates or finds a training's row, which marks it as started. */
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
    warn(stage, 'nothing-to-train-on', `There is no data to train ${plan.name} on, so it is the same model as ${plan.from.name}.`)
    store.models.add({ ...lineage, path: plan.from.path, sha256: plan.from.sha256, filesStamp: plan.from.filesStamp })
    return
  }
  const out = modelFolder(stage, plan.name)
  const training = beginTraining(stage, plan, plan.rows.length)
  const isChosen = choosesCheckpoint(stage)
  if (existsSync(out)) note(stage, `${plan.name} was complete already.`)
  if (!isChosen)
    await runTraining(stage, plan, training.id, { out }) // for a complete model the engine reports the steps from its journal
  else if (!existsSync(out)) await trainAndChoose(stage, chosenTraining(stage, plan, training.id), out)
  for (const inTheWay of [[out], [out, checkpointFolder(stage, plan.name)]]) {
    if (isChosen || isRecorded(stage, plan.name)) break
    warn(stage, 'metrics-lost', `Metrics of ${plan.name} are missing, so steps of its training are repeated.`)
    for (const path of inTheWay) rmSync(path, { recursive: true, force: true }) // a checkpoint may be newer than the missing steps
    await runTraining(stage, plan, training.id, { out })
  }
  const stamp = filesStamp(out)
  const sha256 = await modelFingerprint(out)
  const cut = cutShort(stage, plan.name)
  const chosen = isChosen ? keptText(stage, plan.name) : null
  if (chosen !== null) note(stage, `${plan.name} is the best checkpoint: ${chosen}.`)
  store.transaction(() => {
    const remark = cut !== null ? ` (ended early: ${cut})` : chosen !== null ? ` (best checkpoint: ${chosen})` : ''
    const data = plan.data + remark
    store.models.add({ ...lineage, data, path: out, sha256, filesStamp: stamp })
    store.trainings.finish(training.id)
    store.trainings.dropCheckpoints(training.id)
  })
}

/**
 * Whether the metrics of all training steps are stored; a training isn't finished without them. A training that the user ends early has
 * fewer steps than planned, and one that never reported its step count is as long as its known steps.
 */
function isRecorded({ store, runId, conclude }: Stage, name: string): boolean {
  const training = store.trainings.find(runId, name)!
  const last = store.metrics.lastStep(training.id)
  return (
    last > 0 && store.metrics.stepCount(training.id) === last && (training.steps === null || last >= training.steps || conclude.aborted)
  )
}

/** A training whose best checkpoint is kept. */
const chosenTraining = (stage: Stage, plan: TrainingPlan, id: number): Parameters<typeof trainAndChoose>[1] => ({
  ...{ name: plan.name, from: plan.from },
  trainTo: (pause, last) => runTraining(stage, plan, id, { out: last, pause }),
  progress: () => ({ steps: stage.store.trainings.find(stage.runId, plan.name)?.steps ?? null, done: stage.store.metrics.lastStep(id) }),
})

/** Which checkpoint was kept, if it isn't that of the last step: "after 400 of 600 steps". */
function keptText(stage: Stage, name: string): string | null {
  const step = chosenStep(stage, name)
  const steps = stage.store.trainings.find(stage.runId, name)?.steps ?? null
  return step === null || steps === null || step >= steps ? null : `after ${step} of ${steps} steps`
}

/** Where a training's model goes, and where the request ends before that. */
type Destination = Pick<TrainParams, 'out' | 'pause'>

async function runTraining(stage: Stage, plan: TrainingPlan, id: number, destination: Destination): Promise<void> {
  const { store, engine, stop, conclude, tell, iteration } = inRole(stage, 'train')
  const checkpoints = checkpointFolder(stage, plan.name)
  const request = {
    task: plan.task,
    model: plan.from.path,
    rows: [...plan.rows],
    config: configOf(stage, plan),
    ...destination,
    checkpoints,
    leaveOut: true,
  }
  let steps = 0
  for await (const item of engine.train(request, { signal: stop, conclude })) {
    switch (item.kind) {
      case 'started':
        if (item.steps === 0) break // it was complete; the engine replays its steps
        steps = item.steps
        store.trainings.setSize(id, item.steps, item.truncatedRows)
        if (item.resumedFrom > 0) note(stage, `Training of ${plan.name} resumes from step ${item.resumedFrom}.`)
        if (item.truncatedRows > 0)
          warn(stage, 'truncated', `${item.truncatedRows} of ${plan.rows.length} rows were longer than max_length and were truncated.`)
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
  const rows = leftOutRows<number>(stage, `rows of ${plan.name}'s training`, plan.rows.length, (row) => `row ${row + 1}`)
  for (const { row, leftOut: reason } of leftOut) rows.add(row, reason)
  rows.report()
}

/** Progress of a training that the user ended before its last step: "12 of 24 steps". Null: it is complete. */
export function cutShort({ store, runId }: Pick<RunContext, 'store' | 'runId'>, name: string): string | null {
  const training = store.trainings.find(runId, name)
  if (training?.steps == null || store.runs.find(runId)?.wanted !== 'end') return null
  const done = store.metrics.lastStep(training.id)
  return done < training.steps ? `${done} of ${training.steps} steps` : null
}

/** A training's full settings: precision and seed are the run's unless the training sets its own, and the generator always is. */
const configOf = (context: RunContext, { name, settings }: Pick<TrainingPlan, 'name' | 'settings'>): TrainConfig => ({
  ...settings,
  precision: precisionOf(settings.precision, context.precision),
  seed: settings.seed ?? seedAt(context, 'train', name),
  random: context.recipe.random,
})

/** Over-training warning threshold: relative drop of the chosen responses' log-probability. */
const hardFall = 0.2

/** Each metric's mean over the last quarter of the steps, since single steps are noisy. Warns if chosen responses become unlikely. */
export function trainingSummary(stage: Stage, name: string): StageSummary {
  const { store, runId } = stage
  const training = store.trainings.find(runId, name)
  if (training === undefined) return {}
  const metrics = store.metrics.ofTraining(training.id)
  const last = store.metrics.lastStep(training.id)
  const late = Map.groupBy(
    metrics.filter(({ step, value }) => step > last * 0.75 && value !== null),
    ({ name: metric }) => metric,
  )
  const means = Object.fromEntries([...late].map(([metric, rows]) => [metric, mean(rows.map(({ value }) => value!))]))
  warnOfFall(stage, name, means['logps/chosen'], mean(store.trainings.references(training.id).map(({ chosen }) => chosen)))
  const isPreference = training.task === 'dpo'
  const ofUser = isPreference ? shareOfUser(store, training.id) : {}
  const coupling = isPreference ? trainingCoupling(store, training.id) : null
  warnOfCoupling(stage, coupling, firstCoupling(stage))
  return {
    steps: last,
    ...(cutShort(stage, name) !== null && { planned_steps: training.steps }),
    ...(keptText(stage, name) !== null && { planned_steps: training.steps, kept_step: chosenStep(stage, name) }),
    rows: training.rows,
    ...ofUser,
    ...(coupling !== null && { coupling }),
    ...means,
  }
}

/** The coupling of the first iteration; null: this is the first one, or it isn't known. */
function firstCoupling({ store, runId, iteration }: Stage): number | null {
  const found = iteration > 1 ? store.stages.find(runId, 1, 'train')?.summary?.coupling : undefined
  return typeof found === 'number' ? found : null
}

function warnOfCoupling(stage: Stage, now: number | null, first: number | null): void {
  if (!isCoupling(now, first)) return
  const rise = `from ${numberText(first, 2)} in the first iteration to ${numberText(now, 2)}`
  const text = `The correlation of rewards with the model's own log-probabilities rose ${rise}: the judge rewards what the model says anyway.`
  warn(stage, 'coupling', text)
}

function warnOfFall(stage: Stage, name: string, chosen: number | undefined, reference: number): void {
  if (chosen === undefined || !Number.isFinite(reference) || reference === 0) return
  const fall = (reference - chosen) / Math.abs(reference)
  if (fall <= hardFall) return
  const size = percentText(fall, 0)
  warn(
    stage,
    'chosen-falls',
    `In ${name} the log-probability of the chosen responses fell by ${size}. Lower dpo.learning_rate or dpo.epochs, or raise dpo.nll_weight.`,
  )
}
