import type { Training } from '../../shared/contract/charts-contract.ts'
import type { PairReason } from '../../shared/enums.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import type { MetricColumns } from './curves.ts'

/** Metrics that aren't worth plotting: a count that only grows. */
const notShown = new Set(['num_tokens'])

/** A run's trainings, with the metrics that each one has. */
export const trainingsOf = (store: Store, columns: MetricColumns, run: RunRow): Promise<Training[]> =>
  Promise.all(
    store.trainings.ofRun(run.id).map(async (row): Promise<Training> => {
      const { name, task, rows, truncatedRows, steps, startedAt, finishedAt } = row
      const names = [...(await columns.of(row)).keys()].filter((metric) => !notShown.has(metric))
      return {
        ...{ model: name, task, rows, truncatedRows, steps, startedAt, finishedAt },
        lastStep: store.metrics.lastStep(row.id),
        metrics: names,
        user: task === 'dpo' ? userShareOf(store, row.id) : null,
      }
    }),
  )

/**
 * Human decisions on the pairs used in this DPO training; later reviews don't change it. Null: started by a version that didn't store this.
 */
function userShareOf(store: Store, id: number): Training['user'] {
  const pairs = store.trainingPairs.ofTraining(id)
  if (pairs.length === 0) return null
  const count = (...reasons: readonly PairReason[]): number => pairs.filter(({ because }) => reasons.includes(because)).length
  return {
    pairs: pairs.length,
    confirmed: count('agree'),
    swapped: count('swap'),
    edited: count('edit'),
    rescored: count('rescore'),
    dropped: pairs.filter(({ row, because }) => row === null && because !== 'undecided').length,
  }
}
