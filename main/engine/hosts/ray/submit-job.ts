import { errorValue } from '../../../shared/engine-protocol.ts'
import { fromErrorValue } from '../../../shared/errors.ts'
import type { CodePackage } from './cluster-code.ts'
import type { JobDetails, JobsApi } from './jobs-api.ts'
import type { SharedStorage } from './shared-storage.ts'

/** No telemetry; and slow nodes may take their time to load PyTorch. */
const quiet = { RAY_USAGE_STATS_ENABLED: '0', VLLM_NO_USAGE_STATS: '1', RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S: '600' }

/** One of Laurel's programs on a cluster. */
interface ClusterJob {
  /** A module of Laurel's Python package. */
  readonly module: string
  readonly id: string
  readonly code: CodePackage
  /** The storage as the cluster's nodes see it. */
  readonly storage: string
  /** A file that the job must find in the storage before it does anything: a node without the right mount has a folder of the same name. */
  readonly mark: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
}

export async function submitJob(jobs: JobsApi, store: SharedStorage, job: ClusterJob): Promise<void> {
  const { module, id, code, storage, mark, metadata = {}, environment = {} } = job
  store.write(mark, '')
  await jobs.provide(code.name, code.archive)
  await jobs.submit({
    entrypoint: `python -m laurel_cluster.${module}`,
    submission_id: id,
    metadata,
    runtime_env: {
      working_dir: `gcs://${code.name}`,
      env_vars: { ...quiet, ...environment, LAUREL_STORAGE: storage, LAUREL_MARK: mark, LAUREL_JOB: id },
    },
  })
}

export const isAlive = ({ status }: JobDetails): boolean => status === 'PENDING' || status === 'RUNNING'

/** The last lines of a job that ended. Throws the error that it reports there (`ERROR_LINE` in `job.py`), for which no storage is needed. */
export async function lastWords(jobs: JobsApi, id: string): Promise<string> {
  const lines = await jobs.lastLines(id).catch(() => '')
  const reported = lines.match(/^laurel-error (.*)$/m)?.[1]
  if (reported !== undefined) throw fromErrorValue(errorValue.parse(JSON.parse(reported)))
  return lines
}
