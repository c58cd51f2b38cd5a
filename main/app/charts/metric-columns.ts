import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Store } from '../../store/store.ts'
import type { MetricColumn } from '../../store/tables/metrics-table.ts'
import type { TrainingRow } from '../../store/tables/trainings-table.ts'

/** Steps read per turn of the event loop: about 50 ms with a dozen metrics. */
const stepsAtOnce = 8000

/** Cache size in values; twelve metrics of 100,000 steps are 1.2 million. */
const mostValues = 8_000_000

interface Known {
  readonly columns: Map<string, MetricColumn>
  readStep: number
}

const sizeOf = ({ columns }: Known): number => [...columns.values()].reduce((sum, { values }) => sum + values.length, 0)

/** Metrics as columns, cached in memory. Rows are append-only, so a live training costs only its new steps, and zooming costs no query. */
export function metricColumns(store: Store) {
  const known = new Map<string, Known>()
  const reading = new Map<string, Promise<Map<string, MetricColumn>>>()

  async function readOn(key: string, id: number): Promise<Map<string, MetricColumn>> {
    const entry = known.get(key) ?? { columns: new Map(), readStep: 0 }
    known.delete(key)
    known.set(key, entry) // most recently used goes last
    const last = store.metrics.lastStep(id)
    while (entry.readStep < last) {
      const upTo = Math.min(last, entry.readStep + stepsAtOnce)
      store.metrics.appendColumns(id, entry.readStep, upTo, entry.columns)
      entry.readStep = upTo
      if (upTo < last) await nextTurn()
    }
    forgetOldest()
    return entry.columns
  }

  function forgetOldest(): void {
    let values = [...known.values()].reduce((sum, entry) => sum + sizeOf(entry), 0)
    for (const [key, entry] of known) {
      if (values <= mostValues || known.size === 1) return
      known.delete(key)
      values -= sizeOf(entry)
    }
  }

  return {
    /** All metrics stored for a training so far. Treat as read-only. */
    async of({ id, startedAt }: TrainingRow): Promise<ReadonlyMap<string, MetricColumn>> {
      const key = `${id} ${startedAt}` // an id alone may be reused after its run is deleted
      const before = reading.get(key)
      if (before !== undefined) return before
      const work = readOn(key, id).finally(() => reading.delete(key))
      reading.set(key, work)
      return work
    },
  }
}
export type MetricColumns = ReturnType<typeof metricColumns>
