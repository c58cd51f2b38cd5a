import type { RunRow } from '../../store/runs.ts'
import type { Store } from '../../store/store.ts'
import type { TrainingRow } from '../../store/trainings.ts'
import type { Training } from '../contract/charts.ts'
import type { MetricColumns } from './metric-columns.ts'

/** Metrics that are no curves to look at: a count that only grows. */
const notShown = new Set(['num_tokens'])

/** A run's trainings, with the metrics there are. */
export const trainingsOf = (store: Store, columns: MetricColumns, run: RunRow): Promise<Training[]> =>
  Promise.all(
    store.trainings.ofRun(run.id).map(async (row): Promise<Training> => {
      const { name, task, rows, truncatedRows, steps, startedAt, finishedAt } = row
      const names = [...(await columns.of(row)).keys()].filter((metric) => !notShown.has(metric))
      return {
        ...{ model: name, task, rows, truncatedRows, steps, startedAt, finishedAt },
        lastStep: store.metrics.lastStep(row.id),
        metrics: names,
        person: task === 'dpo' ? personShareOf(store, run.id, row) : null,
      }
    }),
  )

/** What people had decided about the pairs when the training that uses them began. M_{t+1} is trained on iteration t. */
function personShareOf(store: Store, runId: string, { name, startedAt }: TrainingRow): Training['person'] {
  const iteration = Number(name.slice(1)) - 1
  const { agree = 0, swap = 0, edit = 0, tie = 0, 'both-bad': bothBad = 0 } = store.counts.reviews(runId, iteration, startedAt)
  return { pairs: store.counts.pairs(runId, iteration), confirmed: agree, swapped: swap, edited: edit, dropped: tie + bothBad }
}
