import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CheckAnswer } from '../../main/engine/hosts/ray/cluster-protocol.ts'
import { sharedStorage, storageFolder } from '../../main/engine/hosts/ray/shared-storage.ts'

/** What a stand-in's job does with a request: the items, in parts, that it answers with; null if the user stopped it. Throwing ends the job as a crash does. */
export type Answering = (request: { kind: string; rows: { seeds: number[] }[] }, id: string) => Promise<object[][] | null> | object[][]

interface StandInJob {
  readonly submission_id: string
  readonly metadata: Record<string, string>
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'STOPPED'
  message: string
}

const versions = { vllm: '0.32.0', trl: '1.16.0', ray: '2.60.0' }
const facts = { nodes: 2, cpus: 4, gpus: 0, device: 'CPU', versions }

interface SubmittedJob extends StandInJob {
  readonly entrypoint: string
  readonly runtime_env: { readonly env_vars: Record<string, string> }
}

/** Ray's Jobs API and shared storage, without Ray: its job answers requests in this process. */
export async function standInCluster(answering: Answering) {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-cluster-'))
  const store = sharedStorage(storageFolder({ storage: folder }))
  const jobs: StandInJob[] = []
  const packages = new Set<string>()
  const seen: { headers: IncomingMessage['headers'] }[] = []
  const faults: { status?: number; text?: string }[] = []
  /** Jobs that end as soon as they start, without a look at the storage; each has the mark that Laurel left for it. */
  const endings: { status: 'SUCCEEDED' | 'FAILED'; output: string }[] = []
  /** What a job that tests the cluster finds. */
  const nodes: CheckAnswer['nodes'] = ['10.0.0.1', '10.0.0.2'].map((node) => ({ node, error: null, versions: { ...versions } }))
  const shortages: string[] = []
  const outputs = new Map<string, string>()
  let isOpen = true
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      seen.push({ headers: request.headers })
      const fault = faults.shift()
      const { status, value } = fault ? { status: fault.status ?? 500, value: fault.text ?? '' } : answer(request, Buffer.concat(chunks))
      response.writeHead(status).end(typeof value === 'string' ? value : JSON.stringify(value))
    })
  })

  function answer({ method, url = '' }: IncomingMessage, body: Buffer): { status: number; value: unknown } {
    const [, , kind, id, act] = url.split('/')
    if (url === '/api/version') return { status: 200, value: { ray_version: '2.60.0' } }
    if (url.startsWith('/api/packages/')) {
      if (method === 'GET') return { status: packages.has(url) ? 200 : 404, value: '' }
      packages.add(url)
      return { status: 200, value: {} }
    }
    if (kind !== 'jobs') return { status: 404, value: '' }
    if (method === 'POST' && id === '') return submitted(JSON.parse(body.toString()))
    if (id === '') return { status: 200, value: jobs }
    const job = jobs.find(({ submission_id }) => submission_id === id)
    if (job === undefined) return { status: 404, value: '' }
    if (act === 'logs') return { status: 200, value: { logs: outputs.get(id) ?? 'line one\nits last words' } }
    if (act === 'stop') job.status = 'STOPPED'
    return { status: 200, value: act === 'stop' ? { stopped: true } : job }
  }

  function submitted({ submission_id, metadata, runtime_env, entrypoint }: SubmittedJob): { status: number; value: unknown } {
    const job: StandInJob = { submission_id, metadata, status: 'RUNNING', message: '' }
    jobs.push(job)
    const mark = runtime_env.env_vars.LAUREL_MARK
    const ending = endings.shift()
    if (ending !== undefined) {
      job.status = ending.status
      outputs.set(submission_id, ending.output)
    } else if (!store.exists(mark)) {
      job.status = 'FAILED'
      outputs.set(submission_id, `${mark} is missing`)
    } else {
      store.remove(mark)
      if (entrypoint.endsWith('.check')) {
        const answer: CheckAnswer = { cluster: { ...facts, nodes: nodes.length }, nodes, shortages }
        store.write(`tests/${submission_id}/answer.json`, JSON.stringify(answer))
        job.status = 'SUCCEEDED'
      } else void work(job, metadata.laurel_session)
    }
    return { status: 200, value: { submission_id } }
  }

  async function work(job: StandInJob, session: string): Promise<void> {
    store.write(`sessions/${session}/info.json`, JSON.stringify({ job: job.submission_id, rows: 1024, ...facts }))
    while (isOpen && job.status === 'RUNNING') {
      const inbox = `sessions/${session}/inbox`
      const entry = store.names(inbox)[0]
      if (entry === undefined) await sleep(2)
      else await perform(job, `${inbox}/${entry}`, entry.slice(entry.indexOf('-') + 1))
    }
  }

  async function perform(job: StandInJob, entry: string, id: string): Promise<void> {
    const results = `results/${id}`
    try {
      if (!store.exists(`${results}/end.json`)) {
        const parts = await answering(JSON.parse(store.readText(`requests/${id}.json`)), id)
        if (parts === null) return store.exists(`${results}/stop`) ? store.remove(entry) : undefined // the user may want it again already
        const first = store.names(results).filter((name) => name.endsWith('.jsonl')).length
        for (const [i, items] of parts.entries()) {
          store.write(`${results}/${String(first + i).padStart(8, '0')}-x.jsonl`, items.map((item) => `${JSON.stringify(item)}\n`).join(''))
          await sleep(2)
        }
        store.write(`${results}/end.json`, JSON.stringify({ error: null, writer: 'x' }))
      }
      store.remove(entry)
    } catch (error) {
      if (error instanceof Refusal) {
        store.write(`${results}/end.json`, JSON.stringify({ error: error.value, writer: 'x' }))
        return store.remove(entry)
      }
      job.status = 'FAILED'
      job.message = String(error)
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    ...{ folder, store, jobs, packages, seen, faults, endings, nodes, shortages },
    address: `http://127.0.0.1:${port}`,
    async close(): Promise<void> {
      isOpen = false
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
export type StandInCluster = Awaited<ReturnType<typeof standInCluster>>

/** An error that the job reports. */
export class Refusal extends Error {
  readonly value: object
  constructor(value: { code: string; message: string; remedy: string }) {
    super(value.message)
    this.value = value
  }
}
