import type { RowsInput } from '../../shared/contract/rows-contract.ts'
import type { Store } from '../../store/store.ts'
import { logOf, sampleSetsOf, samplesOf } from './table-rows.ts'

const rejectedOnly = { all: null, accepted: false, rejected: true } as const

/** What a run generated, page by page. */
export function readRows(store: Store) {
  const idOf = (runId: string): string => store.runs.resolve(runId).id
  const { counts, stageRows } = store
  return {
    prompts({ runId, iteration, show, ...slice }: RowsInput['prompts']) {
      const id = idOf(runId)
      const { accepted, rejected } = counts.prompts(id, iteration)
      const total = { all: accepted + rejected, accepted, rejected }[show]
      return { total, rows: stageRows.prompts(id, iteration, rejectedOnly[show], slice) }
    },
    candidates({ runId, iteration, ...slice }: RowsInput['candidates']) {
      const id = idOf(runId)
      return { total: counts.candidates(id, iteration), rows: stageRows.candidates(id, iteration, slice) }
    },
    judgements({ runId, iteration, onlyUnreadable, ...slice }: RowsInput['judgements']) {
      const id = idOf(runId)
      const { judgements, unreadable } = counts.judgements(id, iteration)
      const rows = stageRows.judgements(id, iteration, onlyUnreadable, slice)
      return { total: onlyUnreadable ? unreadable : judgements, rows }
    },
    pairs({ runId, iteration, ...slice }: RowsInput['pairs']) {
      const id = idOf(runId)
      return { total: counts.pairs(id, iteration), rows: stageRows.pairs(id, iteration, slice) }
    },
    examples({ runId, kind, ...slice }: RowsInput['examples']) {
      const id = idOf(runId)
      return { total: store.examples.count(id, kind), rows: stageRows.examples(id, kind, slice) }
    },
    sampleSets: ({ runId }: RowsInput['sampleSets']) => sampleSetsOf(store, idOf(runId)),
    samples({ runId, purpose, offset, limit }: RowsInput['samples']) {
      const id = idOf(runId)
      const set = sampleSetsOf(store, id).find((other) => other.purpose === purpose)
      return set === undefined ? { total: 0, rows: [] } : { total: set.prompts, rows: samplesOf(store, id, set, offset, offset + limit) }
    },
    log: ({ runId, before, limit }: RowsInput['log']) => logOf(store, idOf(runId), before, limit),
  }
}
