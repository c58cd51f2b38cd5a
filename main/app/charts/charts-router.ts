import type { Application } from '../application.ts'
import { api } from '../implementation.ts'

export const chartsRouter = ({ reads }: Application) =>
  api.charts.router({
    distributions: api.charts.distributions.handler(({ input }) => reads.distributions(input)),
    trainings: api.charts.trainings.handler(({ input }) => reads.trainings(input)),
    curves: api.charts.curves.handler(({ input }) => reads.curves(input)),
    progress: api.charts.progress.handler(({ input }) => reads.progress(input)),
    timeline: api.charts.timeline.handler(({ input }) => reads.timeline(input)),
  })
