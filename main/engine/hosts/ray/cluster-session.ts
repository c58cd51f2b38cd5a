import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { LaurelError, stopped } from '../../../shared/errors.ts'
import { progressed } from '../../backends/pulse.ts'
import { clusterCode } from './cluster-code.ts'
import { type SessionInfo, sessionInfo } from './cluster-protocol.ts'
import { type JobDetails, type JobsApi, rayVersion, Unreachable } from './jobs-api.ts'
import type { SharedStorage } from './shared-storage.ts'
import { isAlive, lastWords, submitJob } from './submit-job.ts'

/** How patient Laurel is with a cluster, in milliseconds. */
export const clusterPatience = {
  /** Between two looks at the results, from first to last of a long wait. */
  look: { least: 50, most: 1000 },
  /** Between two looks at the job. */
  jobLook: 2000,
  /** Without an answer from the dashboard: its head restarts, or the network is down. */
  unreachable: 180_000,
}
export type ClusterPatience = typeof clusterPatience

/** How often a job that ends before its work does is started again without having got any further. */
const mostRestarts = 3

interface SessionOptions {
  readonly jobs: JobsApi
  readonly store: SharedStorage
  /** The storage as the cluster's nodes see it. */
  readonly storage: string
  /** One per data folder: a Laurel that was killed finds its job again. */
  readonly name: string
  readonly patience?: ClusterPatience
  readonly log?: (text: string) => void
}

/**
 * Laurel's job on a cluster: it answers requests through shared storage, one after another, until none come for a while. It is started when
 * there is something to do, and again if it ends early (a lost head node). Requests and results are files, so nothing depends on one job.
 */
export function clusterSession({ jobs, store, storage, name, patience = clusterPatience, log = () => {} }: SessionOptions) {
  const mark = `sessions/${name}/marks/${randomUUID()}` // new, so that no copy of an older storage has it
  let job: string | undefined
  let lastAnswer = performance.now()
  let lastLook = Number.NEGATIVE_INFINITY

  /** An answer of the dashboard; undefined if there is none for now. Throws ENGINE_LOST if it is silent for too long. */
  async function answer<Value>(question: () => Promise<Value>): Promise<{ value: Value } | undefined> {
    try {
      const value = await question()
      lastAnswer = performance.now()
      progressed()
      return { value }
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error
      const seconds = (performance.now() - lastAnswer) / 1000
      if (seconds * 1000 < patience.unreachable) return undefined
      const remedy =
        'Check that the cluster runs and that this machine reaches its dashboard, then resume: what it computed is in its storage.'
      throw new LaurelError('ENGINE_LOST', `The Ray cluster has given no answer for ${Math.round(seconds)} s: ${error.message}.`, remedy, {
        cause: error,
      })
    }
  }

  /** Finds the running job of this name, or submits one. A job of another version of Laurel's code is replaced. */
  async function start(): Promise<string> {
    const code = clusterCode()
    const own = (await jobs.list()).filter(({ metadata }) => metadata?.laurel_session === name)
    const running = own.filter(isAlive)
    const current = running.find(({ metadata }) => metadata?.laurel_code === code.name)?.submission_id
    if (current) return current
    for (const { submission_id } of running) if (submission_id) await jobs.stop(submission_id)
    const id = `laurel-${name}-${own.length}` // Ray takes an ID once, so of two starters only one succeeds
    log(`submitting job ${id}`)
    const metadata = { laurel_session: name, laurel_code: code.name }
    await submitJob(jobs, store, { module: 'session', id, code, storage, mark, metadata, environment: { LAUREL_SESSION: name } })
    return id
  }

  /** Looks after the job, every few seconds. Throws the error that it reports, or ENGINE_LOST if it keeps ending. */
  async function watch(state: Waiting): Promise<void> {
    if (performance.now() - lastLook < patience.jobLook && job !== undefined) return
    lastLook = performance.now()
    const known = job
    if (known !== undefined) {
      const found = await answer(() => jobs.find(known))
      if (found === undefined || (found.value && isAlive(found.value))) return
      await noteEnd(known, found.value, state)
      job = undefined
    }
    job = (await answer(start))?.value
  }

  /** An end without an error counts as well: the job may have nothing to do, or see another storage than this machine. */
  async function noteEnd(id: string, details: JobDetails | undefined, state: Waiting): Promise<void> {
    if (details?.status === 'STOPPED') {
      throw new LaurelError('ENGINE_LOST', `Job ${id} was stopped on the cluster.`, 'Resume to start it again.')
    }
    const lines = details === undefined ? '' : await lastWords(jobs, id)
    const how = howItEnded(details)
    log(`job ${id} ${how}\n${lines}`)
    if (++state.restarts <= mostRestarts) return
    const said = lines === '' ? '' : `\nLast output:\n${lines}`
    const remedy =
      details?.status === 'SUCCEEDED'
        ? `Check that all nodes and this machine see the same files in the storage (${storage}), then resume.`
        : "Look at the job in Ray's dashboard, then resume."
    throw new LaurelError('ENGINE_LOST', `Job ${id} ${how}.${said}`, remedy)
  }

  return {
    /** What the job says about the cluster. Waits until it runs. */
    async info(signal?: AbortSignal): Promise<SessionInfo> {
      await rayVersion(jobs) // a wrong address fails here, not after minutes
      const waiting: Waiting = { restarts: 0 }
      for (;;) {
        await watch(waiting)
        const info = store.read(`sessions/${name}/info.json`, sessionInfo)
        if (info !== undefined && info.job === job) return info
        await pause(patience.look.most / 4, signal)
      }
    },

    /** Has the job answer a request, unless it is already among those that it should. */
    enqueue(request: string): void {
      const inbox = `sessions/${name}/inbox`
      const known = store.names(inbox)
      if (known.some((entry) => entry.endsWith(`-${request}`))) return
      const next = 1 + Number(known.at(-1)?.split('-')[0] ?? -1)
      store.write(`${inbox}/${String(next).padStart(12, '0')}-${request}`, '')
    },

    watch,
  }
}
export type ClusterSession = ReturnType<typeof clusterSession>

function howItEnded(details: JobDetails | undefined): string {
  if (details === undefined) return 'is unknown to the cluster, whose head was probably replaced'
  return details.status === 'SUCCEEDED' ? 'ended without an answer' : `failed: ${details.message ?? ''}`
}

/** A wait for results: how often the job was started again since the last one. */
export interface Waiting {
  restarts: number
}

/** Throws STOPPED as soon as the signal aborts. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {
    throw stopped()
  })
}
