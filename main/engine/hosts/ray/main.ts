import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { hardwareText, softwareText } from '../../../shared/cluster-facts.ts'
import type { EngineInfo } from '../../../shared/engine-protocol.ts'
import { precisionWish } from '../../../shared/train-config.ts'
import { serve } from '../../process/engine-server.ts'
import { connectToOwner } from '../../process/owner.ts'
import { clusterModels } from './cluster-models.ts'
import { clusterNumerics } from './cluster-numerics.ts'
import { clusterSession } from './cluster-session.ts'
import { jobsApi } from './jobs-api.ts'
import { sharedStorage, storageFolder } from './shared-storage.ts'

/**
 * Entry point of the engine process whose numerics are a Ray cluster's. It answers the same requests as the local engine.
 *
 * Options: `--home FOLDER`, `--address URL`, `--storage URL`, `--folder FOLDER`, `--precision NAME`. A token is read from the variable
 * LAUREL_RAY_TOKEN, since other users of this machine can see a process's arguments.
 */
const transport = connectToOwner()

const option = { type: 'string' } as const
const { values } = parseArgs({ options: { home: option, address: option, storage: option, folder: option, precision: option } })
const { home, address, storage, folder } = z
  .object({ home: z.string(), address: z.string(), storage: z.string(), folder: z.string().optional() })
  .parse(values)
const wish = precisionWish.default('auto').parse(values.precision)

const store = sharedStorage(storageFolder({ storage, folder }))
const session = clusterSession({
  ...{ store, storage, jobs: jobsApi({ address, token: process.env.LAUREL_RAY_TOKEN }) },
  name: createHash('sha256').update([hostname(), home, storage].join('\n')).digest('hex').slice(0, 12),
  log: (text) => process.stderr.write(`${text}\n`),
})

serve({
  transport,
  numerics: clusterNumerics({ store, session, models: clusterModels(store) }),
  async startBackend(): Promise<EngineInfo> {
    const info = await session.info()
    const { cpus, gpus, rows } = info
    const isFast = gpus > 0
    return {
      backend: 'remote',
      version: softwareText(info),
      device: `Ray cluster: ${hardwareText(info)}`,
      threads: Math.round(cpus),
      precision: wish === 'auto' ? (isFast ? 'bfloat16' : 'float32') : wish,
      ...(wish === 'auto' && { precisionReason: isFast ? 'the cluster has GPUs' : 'the cluster has no GPUs' }),
      notice: '',
      requestRows: rows,
    }
  },
  onShutdown: () => process.exit(),
})
