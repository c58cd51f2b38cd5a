import { setImmediate as nextTurn } from 'node:timers/promises'
import type { MetricColumn } from '../../store/metrics.ts'
import type { Store } from '../../store/store.ts'
import type { TrainingRow } from '../../store/trainings.ts'

/** Steps read between two turns of the event loop: some 50 ms of work where a step has a dozen metrics. */
const stepsAtOnce = 8000

/** How many values are kept of trainings looked at before; twelve metrics of 100,000 steps are 1.2 million. */
const mostValues = 8_000_000

interface Known {
  readonly columns: Map<string, MetricColumn>
  readStep: number
}

const sizeOf = ({ columns }: Known): number => [...columns.values()].reduce((sum, { values }) => sum + values.length, 0)

/**
 * Metrics as columns, kept in memory once read: rows are only ever added behind the last step, so that a live training costs its new steps,
 * and zooming costs no query at all.
 */
export function metricColumns(store: Store) {
  const known = new Map<string, Known>()
  const reading = new Map<string, Promise<Map<string, MetricColumn>>>()

  async function readOn(key: string, id: number): Promise<Map<string, MetricColumn>> {
    const entry = known.get(key) ?? { columns: new Map(), readStep: 0 }
    known.delete(key)
    known.set(key, entry) // the newest used is the last
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
    /** All metrics of a training, as far as they are stored now. Not to be changed. */
    async of({ id, startedAt }: TrainingRow): Promise<ReadonlyMap<string, MetricColumn>> {
      const key = `${id} ${startedAt}` // an id alone may come again once its run is deleted
      const before = reading.get(key)
      if (before !== undefined) return before
      const work = readOn(key, id).finally(() => reading.delete(key))
      reading.set(key, work)
      return work
    },
  }
}
export type MetricColumns = ReturnType<typeof metricColumns>
