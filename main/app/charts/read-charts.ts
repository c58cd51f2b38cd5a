import type { Curve, CurvesInput } from '../../shared/contract/charts-contract.ts'
import type { Store } from '../../store/store.ts'
import { shownModels } from '../runs/show-run.ts'
import { curveOf, metricColumns } from './curves.ts'
import { distributionsOf, reviewedOf } from './distributions.ts'
import { rewardRangeOf } from './reward-axis.ts'
import { rowsOfSteps } from './row-tables.ts'
import { otherPaces } from './time-left.ts'
import { progressOf, timelineOf } from './timeline.ts'
import { trainingsOf } from './trainings.ts'

interface OfRun {
  readonly runId: string
}

/** Data for a run's charts, with its caches. */
export function readCharts(store: Store) {
  const columns = metricColumns(store)
  const reviewed = reviewedOf(store)
  const others = otherPaces(store)
  const distributions = distributionsOf(store, reviewed)
  return {
    distributions: ({ runId }: OfRun) => distributions(store.runs.resolve(runId)),
    trainings: ({ runId }: OfRun) => trainingsOf(store, columns, store.runs.resolve(runId)),
    timeline: ({ runId }: OfRun) => timelineOf(store, reviewed, store.runs.resolve(runId), others),
    progress({ runId }: OfRun) {
      const run = store.runs.resolve(runId)
      const counts = new Map(store.answers.counts(run.id).map(({ purpose, model, count }) => [`${model} ${purpose}`, count]))
      return {
        ...progressOf(shownModels(store, run), (purpose, model) => counts.get(`${model} ${purpose}`) ?? null),
        rewardRange: rewardRangeOf(run),
      }
    },
    async curves({ runId, models, metrics, ...wish }: CurvesInput): Promise<Curve[]> {
      const { id } = store.runs.resolve(runId)
      const trainings = store.trainings.ofRun(id).filter(({ name }) => models.includes(name))
      const curves = await Promise.all(
        trainings.map(async (training) => {
          const known = await columns.of(training)
          const rows = rowsOfSteps(training)
          return metrics.flatMap((metric) => {
            const column = known.get(metric)
            return column === undefined ? [] : [curveOf(training.name, metric, column, wish, rows)]
          })
        }),
      )
      return curves.flat()
    },
  }
}
