import { createHash } from 'node:crypto'
import { z } from 'zod'
import { fromErrorValue, LaurelError, stopped } from '../../../shared/errors.ts'
import { type ClusterRequest, resultEnd } from './cluster-protocol.ts'
import { type ClusterPatience, type ClusterSession, clusterPatience, pause, type Waiting } from './cluster-session.ts'
import type { SharedStorage } from './shared-storage.ts'

/** Signals that end a request early. */
interface Interruptions {
  readonly signal?: AbortSignal | undefined
  readonly conclude?: AbortSignal | undefined
}

export interface ClusterWork {
  readonly store: SharedStorage
  readonly session: ClusterSession
  readonly patience?: ClusterPatience
}

/** A request's ID: the hash of its content, so that the same request is never computed twice. */
export const requestId = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40)

/** Whether an earlier process already had this request answered. */
export const isAnswered = (store: SharedStorage, id: string): boolean => store.exists(`results/${id}/end.json`)

/**
 * The items of a request as they come, first those that are stored. When `signal` aborts, the cluster stops the work and STOPPED is thrown;
 * when `conclude` aborts, it ends a training early. Throws the cluster's error, or ENGINE_LOST if the cluster is gone.
 */
export async function* clusterItems<Item>(
  { store, session, patience = clusterPatience }: ClusterWork,
  request: ClusterRequest,
  schema: z.ZodType<Item>,
  { signal, conclude }: Interruptions = {},
): AsyncGenerator<Item> {
  const text = JSON.stringify(request)
  const id = requestId(text)
  const results = `results/${id}`
  const read = partReader(store, results, schema)
  const end = () =>
    store.read(`${results}/end.json`, resultEnd) ?? (conclude?.aborted ? store.read(`${results}/concluded.json`, resultEnd) : undefined)
  if (end()?.error) store.remove(`${results}/end.json`) // an earlier attempt failed; this one may not
  for (const marker of ['stop', ...(conclude?.aborted ? [] : ['conclude', 'concluded.json'])]) store.remove(`${results}/${marker}`)
  if (end() === undefined) {
    if (!store.exists(`requests/${id}.json`)) store.write(`requests/${id}.json`, text)
    session.enqueue(id)
  }
  const waiting: Waiting = { restarts: 0 }
  let wait = patience.look.least
  for (;;) {
    if (signal?.aborted) {
      store.write(`${results}/stop`, '')
      throw stopped()
    }
    if (conclude?.aborted && !store.exists(`${results}/conclude`)) store.write(`${results}/conclude`, '')
    const ended = end() // looked for before the parts, so that none is missed
    const items = read()
    yield* items
    if (ended?.error) throw fromErrorValue(ended.error)
    if (ended !== undefined) return
    if (items.length > 0) waiting.restarts = 0
    wait = items.length > 0 ? patience.look.least : Math.min(wait * 1.5, patience.look.most)
    await session.watch(waiting)
    if (wait === patience.look.most) session.enqueue(id) // a job that was just stopping may have dropped it
    await pause(wait, signal).catch(() => {}) // the loop tells the cluster
  }
}

/** Reads the parts that have appeared since the last call. */
function partReader<Item>(store: SharedStorage, folder: string, schema: z.ZodType<Item>): () => Item[] {
  const known = new Set<string>()
  const items = z.array(schema)
  return () => {
    const fresh = store.names(folder).filter((name) => name.endsWith('.jsonl') && !known.has(name))
    return fresh.flatMap((name) => {
      known.add(name)
      const lines = store.readText(`${folder}/${name}`).split('\n').slice(0, -1)
      const parsed = items.safeParse(lines.map((line) => JSON.parse(line) as unknown))
      if (parsed.success) return parsed.data
      const message = `${store.path(`${folder}/${name}`)} doesn't match the protocol: ${z.prettifyError(parsed.error)}`
      throw new LaurelError('INTERNAL', message, 'This is a bug in Laurel. Please report it.')
    })
  }
}
