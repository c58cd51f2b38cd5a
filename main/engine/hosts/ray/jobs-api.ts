import { z } from 'zod'
import { causeOf, certificateRemedy } from '../../../common/fetch-failures.ts'
import { prepareNetwork } from '../../../common/network.ts'
import { Secret } from '../../../common/secret.ts'
import { LaurelError } from '../../../shared/errors.ts'
import { type PlainResponse, plainRequest } from './plain-request.ts'

/** Where Ray's dashboard listens, and what it wants to see. */
interface JobsAddress {
  /** `http://HOST:8265`. */
  readonly address: string
  /** Sent as `Authorization: Bearer`: Ray's own token, or that of a proxy in front of the dashboard. */
  readonly token?: string | undefined
}

const jobStatus = z.enum(['PENDING', 'RUNNING', 'STOPPED', 'SUCCEEDED', 'FAILED'])

/** The fields of a job that matter here. */
const jobDetails = z.object({
  submission_id: z.string().nullable(),
  status: jobStatus,
  message: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
})
export type JobDetails = z.infer<typeof jobDetails>

interface JobToSubmit {
  readonly entrypoint: string
  readonly submission_id: string
  readonly runtime_env: object
  readonly metadata: Readonly<Record<string, string>>
}

/** The dashboard didn't answer, or not yet: it may be down, or still starting, or the network is. */
export class Unreachable extends Error {}

const answerMs = 20_000

/** Answers that pass. Ray gives 500 as long as a part of it isn't up ("No available agent to submit job, please try again later."). */
const passing = [429, 500, 502, 503, 504]

/** The end of an answer, which says most: Ray sends tracebacks. */
const lastLine = ({ text }: PlainResponse): string => text.trim().split('\n').at(-1)?.slice(0, 300) ?? ''

/** Ray's version. For the first question to a dashboard, whose address may be wrong: throws NETWORK immediately if it isn't reached. */
export async function rayVersion(jobs: JobsApi): Promise<string> {
  return jobs.version().catch((error: unknown) => {
    if (!(error instanceof Unreachable)) throw error
    const remedy = 'Start the cluster, or check the address and the way to it (ssh -L 8265:localhost:8265 HEAD).'
    throw new LaurelError('NETWORK', `${error.message}.`, remedy, { cause: error })
  })
}

/** Ray's Jobs API (REST). Throws `Unreachable`, or a LaurelError if the answer is a refusal or not Ray's. */
export function jobsApi({ address, token }: JobsAddress) {
  prepareNetwork()
  const base = address.replace(/\/+$/, '')
  const secret = new Secret(token ?? '')

  async function ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: string | Uint8Array): Promise<PlainResponse> {
    const headers = {
      'user-agent': 'laurel',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(typeof body === 'string' && { 'content-type': 'application/json' }),
    }
    const response = await plainRequest(`${base}${path}`, { method, headers, body, timeoutMs: answerMs }).catch((error: unknown) => {
      const remedy = certificateRemedy(error)
      if (remedy !== null) throw new LaurelError('NETWORK', `${base} can't be trusted: ${causeOf(error)}`, remedy, { cause: error })
      throw new Unreachable(`${base} can't be reached: ${causeOf(error)}`, { cause: error })
    })
    const shown = { ...response, text: secret.hideIn(response.text) } // proxies repeat what they refuse, and logs may have it
    if (passing.includes(shown.status)) throw new Unreachable(`${base} answered with status ${shown.status} ${lastLine(shown)}`.trimEnd())
    return shown
  }

  function accepted(response: PlainResponse, what: string): PlainResponse {
    const { status } = response
    if (status >= 200 && status < 300) return response
    const remedy =
      status === 401 || status === 403
        ? 'Set the token that the dashboard, or the proxy in front of it, asks for, as the API key. On the head, `ray get-auth-token` prints it.'
        : 'Check the address: it is that of the Ray dashboard, usually port 8265.'
    throw new LaurelError('NETWORK', `${base} refused ${what} with status ${status}: ${lastLine(response)}`, remedy)
  }

  function parsed<Value>(response: PlainResponse, what: string, schema: z.ZodType<Value>): Value {
    const { text } = accepted(response, what)
    try {
      return schema.parse(JSON.parse(text))
    } catch (cause) {
      const remedy = 'Set the address of the Ray dashboard, usually port 8265.'
      throw new LaurelError('NETWORK', `${base} answers, but not as Ray's Jobs API does.`, remedy, { cause })
    }
  }

  const pathOf = (id: string): string => `/api/jobs/${encodeURIComponent(id)}`

  return {
    /** Ray's version. */
    version: async (): Promise<string> =>
      parsed(await ask('GET', '/api/version'), 'its version', z.object({ ray_version: z.string() })).ray_version,

    list: async (): Promise<JobDetails[]> => parsed(await ask('GET', '/api/jobs/'), 'the list of jobs', z.array(jobDetails)),

    /** Undefined if the cluster doesn't know the job: its head was replaced, say. */
    async find(id: string): Promise<JobDetails | undefined> {
      const response = await ask('GET', pathOf(id))
      return response.status === 404 ? undefined : parsed(response, `job ${id}`, jobDetails)
    },

    submit: async (job: JobToSubmit): Promise<void> =>
      void accepted(await ask('POST', '/api/jobs/', JSON.stringify(job)), `job ${job.submission_id}`),

    stop: async (id: string): Promise<void> => void accepted(await ask('POST', `${pathOf(id)}/stop`), `stopping ${id}`),

    /** The end of a job's output. */
    async lastLines(id: string, count = 30): Promise<string> {
      const { logs } = parsed(await ask('GET', `${pathOf(id)}/logs`), `the log of ${id}`, z.object({ logs: z.string().nullable() }))
      return (logs ?? '').trim().split('\n').slice(-count).join('\n')
    },

    /** Makes a package of code available to jobs, unless the cluster has it. */
    async provide(name: string, archive: Uint8Array): Promise<void> {
      const path = `/api/packages/gcs/${name}`
      const known = await ask('GET', path)
      if (known.status !== 404) accepted(known, 'a package')
      else accepted(await ask('PUT', path, archive), 'a package')
    },
  }
}
export type JobsApi = ReturnType<typeof jobsApi>
