import type { Application } from '../application.ts'
import { logOf, sampleSetsOf, samplesOf } from '../charts/rows.ts'
import { api } from '../implementation.ts'

const rejectedOnly = { all: null, accepted: false, rejected: true } as const

export function rowsRouter({ store }: Application) {
  const idOf = (runId: string): string => store.runs.resolve(runId).id
  const { counts, stageRows } = store
  return api.rows.router({
    prompts: api.rows.prompts.handler(({ input: { runId, iteration, show, ...slice } }) => {
      const id = idOf(runId)
      const { accepted, rejected } = counts.prompts(id, iteration)
      const total = { all: accepted + rejected, accepted, rejected }[show]
      return { total, rows: stageRows.prompts(id, iteration, rejectedOnly[show], slice) }
    }),
    candidates: api.rows.candidates.handler(({ input: { runId, iteration, ...slice } }) => {
      const id = idOf(runId)
      return { total: counts.candidates(id, iteration), rows: stageRows.candidates(id, iteration, slice) }
    }),
    judgements: api.rows.judgements.handler(({ input: { runId, iteration, onlyUnreadable, ...slice } }) => {
      const id = idOf(runId)
      const { judgements, unreadable } = counts.judgements(id, iteration)
      const rows = stageRows.judgements(id, iteration, onlyUnreadable, slice)
      return { total: onlyUnreadable ? unreadable : judgements, rows }
    }),
    pairs: api.rows.pairs.handler(({ input: { runId, iteration, ...slice } }) => {
      const id = idOf(runId)
      return { total: counts.pairs(id, iteration), rows: stageRows.pairs(id, iteration, slice) }
    }),
    examples: api.rows.examples.handler(({ input: { runId, kind, ...slice } }) => {
      const id = idOf(runId)
      return { total: store.examples.count(id, kind), rows: stageRows.examples(id, kind, slice) }
    }),
    sampleSets: api.rows.sampleSets.handler(({ input }) => sampleSetsOf(store, idOf(input.runId))),
    samples: api.rows.samples.handler(({ input: { runId, purpose, offset, limit } }) => {
      const id = idOf(runId)
      const set = sampleSetsOf(store, id).find((other) => other.purpose === purpose)
      return set === undefined ? { total: 0, rows: [] } : { total: set.prompts, rows: samplesOf(store, id, set, offset, offset + limit) }
    }),
    log: api.rows.log.handler(({ input: { runId, before, limit } }) => logOf(store, idOf(runId), before, limit)),
  })
}
