import { nodeProgram } from '../../common/node-program.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { PrecisionWish } from '../../shared/train-config.ts'
import type { Engine } from './engine.ts'
import { rayEngineEntry } from './engine-process.ts'
import { startEngineProcess } from './local-process.ts'

/** A Ray cluster as an engine. */
interface RayEngineOptions {
  /** The data folder: Laurel's job on the cluster belongs to it. */
  readonly home: string
  /** Ray's dashboard: `http://HOST:8265`. */
  readonly address: string
  /** Storage that all nodes share: a path, or a URL that fsspec understands. */
  readonly storage: string
  /** The storage as this machine sees it, if that differs. */
  readonly folder?: string | undefined
  /** For a proxy in front of the dashboard. */
  readonly token?: string | undefined
  readonly precision?: PrecisionWish | undefined
  readonly onLog?: ((text: string) => void) | undefined
}

const rayEngineArguments = ({ home, address, storage, folder, precision }: RayEngineOptions): string[] => [
  ...['--home', home, '--address', address, '--storage', storage],
  ...(folder === undefined ? [] : ['--folder', folder]),
  ...(precision === undefined ? [] : ['--precision', precision]),
]

/**
 * Starts an engine process that has a Ray cluster do the arithmetic. Nothing is submitted before the first request that computes. Throws
 * UNSUPPORTED if there is no Node to run the process in.
 */
export async function startRayEngine(options: RayEngineOptions): Promise<Engine> {
  const node = nodeProgram(options.home)
  if (node === undefined) {
    const remedy = 'Install Node 22.14 or newer, or set LAUREL_NODE to its path.'
    throw new LaurelError('UNSUPPORTED', 'Laurel reaches a Ray cluster through a process in Node, which this machine lacks.', remedy)
  }
  const engine = await startEngineProcess(rayEngineEntry, rayEngineArguments(options), {
    node,
    ...(options.onLog && { onLog: options.onLog }),
    environment: { ...networkVariables(process.env), ...(options.token !== undefined && { LAUREL_RAY_TOKEN: options.token }) },
  })
  return { ...engine, requestRows: async () => (await engine.info()).requestRows ?? 1 }
}

/** The way to the dashboard, and whom to trust on it: other engines need neither. */
const networkVariables = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => /^(?:(?:https?|no)_proxy|ssl_cert_(?:file|dir)|node_(?:extra_ca_certs|use_.+))$/i.test(name)),
  )
