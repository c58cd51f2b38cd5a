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

export const rowsRouter = ({ reads }: Application) =>
  api.rows.router({
    prompts: api.rows.prompts.handler(({ input }) => reads.prompts(input)),
    candidates: api.rows.candidates.handler(({ input }) => reads.candidates(input)),
    judgements: api.rows.judgements.handler(({ input }) => reads.judgements(input)),
    pairs: api.rows.pairs.handler(({ input }) => reads.pairs(input)),
    judgePairs: api.rows.judgePairs.handler(({ input }) => reads.judgePairs(input)),
    rewardPairs: api.rows.rewardPairs.handler(({ input }) => reads.rewardPairs(input)),
    examples: api.rows.examples.handler(({ input }) => reads.examples(input)),
    sampleSets: api.rows.sampleSets.handler(({ input }) => reads.sampleSets(input)),
    samples: api.rows.samples.handler(({ input }) => reads.samples(input)),
    log: api.rows.log.handler(({ input }) => reads.log(input)),
  })
