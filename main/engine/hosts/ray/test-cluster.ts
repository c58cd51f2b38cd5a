import { randomUUID } from 'node:crypto'
import { clusterPackages, notInstalled } from '../../../shared/cluster-facts.ts'
import type { EngineTest, RaySettings } from '../../../shared/engine-settings.ts'
import { fromErrorValue, LaurelError } from '../../../shared/errors.ts'
import { clusterCode } from './cluster-code.ts'
import { type CheckAnswer, checkAnswer } from './cluster-protocol.ts'
import { pause } from './cluster-session.ts'
import { type JobsApi, jobsApi, rayVersion, Unreachable } from './jobs-api.ts'
import { type SharedStorage, sharedStorage, storageFolder } from './shared-storage.ts'
import { isAlive, lastWords, submitJob } from './submit-job.ts'

/** In milliseconds: between two looks, and until the job must have answered. */
const checkPatience = { look: 500, limit: 300_000 }

/**
 * Finds out whether a cluster can be used: its dashboard answers, this machine can write to its storage, every node sees what it wrote, and
 * what they have installed. A short job answers that through the storage. Throws NETWORK, NOT_FOUND, BAD_INPUT, or ENGINE_LOST if not.
 */
export async function testCluster(
  { address, storage, folder }: RaySettings,
  token: string | undefined,
  signal: AbortSignal,
  patience = checkPatience,
): Promise<EngineTest> {
  const jobs = jobsApi({ address, token })
  await rayVersion(jobs)
  const store = sharedStorage(storageFolder({ storage, folder: folder ?? undefined }))
  const id = `laurel-test-${randomUUID().slice(0, 13)}`
  const place = `tests/${id}`
  try {
    await submitJob(jobs, store, { module: 'check', id, code: clusterCode(), storage, mark: `${place}/mark` })
    const answer = await answerOf({ jobs, store, id, signal, patience }, `${place}/answer.json`)
    const { cluster, nodes } = answer
    const blind = nodes.find(({ error }) => error?.code === 'NOT_FOUND')
    if (blind?.error) throw fromErrorValue(blind.error)
    const versions = nodes.find(({ error }) => error === null)?.versions ?? cluster.versions // the head's may differ, which does no work
    return {
      ...{ at: new Date().toISOString(), model: '', latency_ms: null, tokens_per_second: null, models: [], abilities: null },
      cluster: { ...cluster, versions },
      notes: notesOn(answer),
    }
  } catch (error) {
    await jobs.stop(id).catch(() => {}) // it may never have started
    if (!(error instanceof Unreachable)) throw error
    throw new LaurelError('NETWORK', `${error.message}.`, 'Check that the cluster runs, and test again.', { cause: error })
  } finally {
    store.remove(place)
  }
}

interface Check {
  readonly jobs: JobsApi
  readonly store: SharedStorage
  readonly id: string
  readonly signal: AbortSignal
  readonly patience: typeof checkPatience
}

async function answerOf({ jobs, store, id, signal, patience }: Check, file: string) {
  const begin = performance.now()
  for (;;) {
    const job = await jobs.find(id).catch((error: unknown) => {
      if (error instanceof Unreachable) return undefined
      throw error
    })
    const answer = store.read(file, checkAnswer)
    if (answer !== undefined) return answer
    const status = job?.status ?? 'unknown'
    if (job !== undefined && !isAlive(job) && status !== 'SUCCEEDED') {
      const lines = await lastWords(jobs, id)
      const remedy = "Look at the job in Ray's dashboard, and test again."
      throw new LaurelError('ENGINE_LOST', `The test's job ${id} failed: ${job.message ?? ''}\nLast output:\n${lines}`, remedy)
    }
    if (performance.now() - begin > patience.limit) {
      const seconds = Math.round(patience.limit / 1000)
      const message = `The test's job ${id} has given no answer for ${seconds} s (Ray says ${status}).`
      const remedy =
        status === 'SUCCEEDED'
          ? `It has written ${store.path(file)}: have the storage's mount show new files within seconds.`
          : "Look at the job in Ray's dashboard, and test again."
      throw new LaurelError('ENGINE_LOST', message, remedy)
    }
    await pause(patience.look, signal)
  }
}

/** What was found wanting. */
function notesOn({ cluster, nodes, shortages }: CheckAnswer): string[] {
  if (cluster.nodes === 0) return ['No node with a processor for work is up, so nothing is known of those that will come.']
  const failed = nodes.flatMap(({ node, error }) => (error === null ? [] : [`Node ${node}: ${error.message}`]))
  const answered = nodes.filter(({ error }) => error === null)
  const lacking = answered.flatMap(({ node, versions }) =>
    clusterPackages
      .filter(([key]) => (versions[key] ?? notInstalled) === notInstalled)
      .map(([, name]) => `Node ${node} has no ${name}: install resources/cluster/requirements.txt there.`),
  )
  const mixed = clusterPackages.flatMap(([key, name]) => {
    const found = [...new Set(answered.map(({ versions }) => versions[key] ?? notInstalled))].filter((version) => version !== notInstalled)
    return found.length > 1 ? [`The nodes have ${name} in several versions: ${found.sort().join(', ')}.`] : []
  })
  return [...failed, ...lacking, ...mixed, ...shortages]
}
