import type { EngineTest, RaySettings } from '../../../shared/engine-settings.ts'
import { jobsApi, rayVersion } from './jobs-api.ts'
import { sharedStorage, storageFolder } from './shared-storage.ts'

/**
 * Finds out whether a cluster can be used: its dashboard answers, and this machine can write to its storage. Throws NETWORK, NOT_FOUND, or
 * BAD_INPUT if not. Nothing is submitted: what its nodes can do shows when the first run uses them.
 */
export async function testCluster({ address, storage, folder }: RaySettings, token: string | undefined): Promise<EngineTest> {
  const jobs = jobsApi({ address, token })
  const begin = performance.now()
  const version = await rayVersion(jobs)
  const latency = performance.now() - begin
  await jobs.list() // needs the token, where there is one
  const store = sharedStorage(storageFolder({ storage, folder: folder ?? undefined }))
  store.write('test', version)
  store.remove('test')
  return {
    ...{ at: new Date().toISOString(), model: '', latency_ms: latency, tokens_per_second: null, models: [], abilities: null },
    notes: [`Ray ${version} answers, and its storage can be written. Models and judges have no limits there.`],
  }
}
