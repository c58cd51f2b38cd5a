import type { Application } from '../application.ts'
import { curveOf } from '../charts/curves.ts'
import { distributionsOf } from '../charts/distributions.ts'
import { metricColumns } from '../charts/metric-columns.ts'
import { progressOf } from '../charts/progress.ts'
import { reviewedOf } from '../charts/reviewed.ts'
import { timelineOf } from '../charts/timeline.ts'
import { trainingsOf } from '../charts/trainings.ts'
import { api } from '../implementation.ts'

export function chartsRouter({ store, runs }: Application) {
  const columns = metricColumns(store)
  const reviewed = reviewedOf(store)
  const distributions = distributionsOf(store, reviewed)
  return api.charts.router({
    distributions: api.charts.distributions.handler(({ input }) => distributions(store.runs.resolve(input.runId))),
    trainings: api.charts.trainings.handler(({ input }) => trainingsOf(store, columns, store.runs.resolve(input.runId))),
    curves: api.charts.curves.handler(async ({ input }) => {
      const { id } = store.runs.resolve(input.runId)
      const trainings = store.trainings.ofRun(id).filter(({ name }) => input.models.includes(name))
      const curves = await Promise.all(
        trainings.map(async (training) => {
          const known = await columns.of(training)
          return input.metrics.flatMap((metric) => {
            const column = known.get(metric)
            return column === undefined ? [] : [curveOf(training.name, metric, column, input)]
          })
        }),
      )
      return curves.flat()
    }),
    progress: api.charts.progress.handler(({ input }) => {
      const { id, models } = runs.show(input.runId)
      const counts = new Map(store.counts.answers(id).map(({ purpose, model, count }) => [`${model} ${purpose}`, count]))
      return progressOf(models, (purpose, model) => counts.get(`${model} ${purpose}`) ?? null)
    }),
    timeline: api.charts.timeline.handler(({ input }) => timelineOf(store, reviewed, store.runs.resolve(input.runId))),
  })
}
