import { mean } from '../../common/mean.ts'
import { percentText } from '../../common/number-text.ts'
import { shareOfUser } from '../preferences/training-pairs.ts'
import { type Stage, warn } from '../run-context.ts'
import type { StageSummary } from '../run-stage.ts'
import { cutShort } from './train-model.ts'

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
  const ofUser = training.task === 'dpo' ? shareOfUser(store, training.id) : {}
  return {
    steps: last,
    ...(cutShort(stage, name) !== null && { planned_steps: training.steps }),
    rows: training.rows,
    ...ofUser,
    ...means,
  }
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
