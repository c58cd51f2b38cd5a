import type { Application } from '../application.ts'
import { api } from '../implementation.ts'

export const rowsRouter = ({ reads }: Application) =>
  api.rows.router({
    prompts: api.rows.prompts.handler(({ input }) => reads.prompts(input)),
    candidates: api.rows.candidates.handler(({ input }) => reads.candidates(input)),
    judgements: api.rows.judgements.handler(({ input }) => reads.judgements(input)),
    pairs: api.rows.pairs.handler(({ input }) => reads.pairs(input)),
    examples: api.rows.examples.handler(({ input }) => reads.examples(input)),
    sampleSets: api.rows.sampleSets.handler(({ input }) => reads.sampleSets(input)),
    samples: api.rows.samples.handler(({ input }) => reads.samples(input)),
    log: api.rows.log.handler(({ input }) => reads.log(input)),
  })
