import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onDisk } from '../../common/file-identity.ts'
import { buildId } from '../../common/resources.ts'
import { usableRuntime } from '../../runtimes/find.ts'
import type { BackendName } from '../../shared/engine-protocol.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { PrecisionWish } from '../../shared/train-config.ts'
import { type Beat, splitBeat } from '../beat.ts'
import type { Engine } from './engine.ts'

/** Lines kept for a crash report. */
const mostLines = 200

interface Heard {
  readonly onLine?: (line: string) => void
  readonly onBeat?: (beat: Beat) => void
}

/** Keeps the last lines of some streams for a crash report. `onLine` receives each line, `onBeat` the heartbeats. */
export function recentLines(
  streams: readonly (NodeJS.ReadableStream | null)[],
  { onLine = () => {}, onBeat = () => {} }: Heard = {},
): { lines(): string[] } {
  const lines: string[] = []
  for (const stream of streams) {
    if (!stream) continue
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      const { beat, rest } = splitBeat(line)
      if (beat) onBeat(beat)
      if (beat && rest === '') return
      onLine(rest)
      lines.push(rest)
      if (lines.length > mostLines) lines.shift()
    })
  }
  return { lines: () => [...lines] }
}

/**
 * Environment of an engine process. An allow-list, so that variables for other programs (NODE_OPTIONS, LD_PRELOAD, tokens, passwords) don't
 * reach it. Passed on: variables that TensorFlow and its libraries read, and those of Laurel that are named here.
 */
const allowedNames = new Set([
  ...[
    'PATH',
    'HOME',
    'USER',
    'LOGNAME',
    'LANG',
    'TZ',
    'TMPDIR',
    'TEMP',
    'TMP',
    'SYSTEMROOT',
    'WINDIR',
    'APPDATA',
    'LOCALAPPDATA',
    'USERPROFILE',
  ],
  ...['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'XDG_RUNTIME_DIR', 'XDG_DATA_HOME', 'XDG_CACHE_HOME', 'DISPLAY', 'WAYLAND_DISPLAY'],
  ...['LAUREL_HOME', 'LAUREL_KERNELS', 'LAUREL_REPLAY', 'LAUREL_USER_UMASK', 'NODE_V8_COVERAGE'],
])
const allowedPrefixes = ['LC_', 'CUDA_', 'NVIDIA_', 'TF_', 'XLA_', 'ONEDNN_', 'DNNL_', 'OMP_', 'KMP_', 'MALLOC_', 'VK_', 'DAWN_']

/** Environment of an engine with this many threads (undefined: one per processor). TensorFlow reads it while loading. */
export function engineEnvironment(env: NodeJS.ProcessEnv, threads?: number): NodeJS.ProcessEnv {
  const allowed = Object.entries(env).filter(([name]) => isAllowed(name.toUpperCase()))
  const count = threads === undefined ? {} : { TF_NUM_INTRAOP_THREADS: String(threads), OMP_NUM_THREADS: String(threads) }
  return { TF_CPP_MIN_LOG_LEVEL: '2', ...Object.fromEntries(allowed), ...count }
}

const isAllowed = (name: string): boolean => allowedNames.has(name) || allowedPrefixes.some((prefix) => name.startsWith(prefix))

/** Options shared by all kinds of engine processes. */
export interface LocalEngineOptions {
  /** Data folder to look for runtime packs in. */
  readonly home: string
  readonly backend?: BackendName
  /** Precision of served models (default float32). A training has its own, in its config. */
  readonly precision?: PrecisionWish
  /** CPU threads (default: one per processor). */
  readonly threads?: number
  readonly onLog?: (text: string) => void
}

/** An entry point: the TypeScript source when running from source (Node strips the types), otherwise the compiled JavaScript. */
const entryPoint = (name: string): string =>
  onDisk(fileURLToPath(new URL(`${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)))

export const engineEntry = entryPoint('../process/main')
/** Of an engine process whose numerics are a cluster's. */
export const rayEngineEntry = entryPoint('./ray/main')

/** Throws RUNTIME_MISSING if a runtime pack is installed but can't be used. */
export function engineArguments({ home, backend, precision, threads }: LocalEngineOptions): string[] {
  const runtime = backend === undefined || backend === 'tensorflow' ? usableRuntime(home) : null
  return [
    ...(backend ? ['--backend', backend] : []),
    ...(precision ? ['--precision', precision] : []),
    ...(threads === undefined ? [] : ['--threads', String(threads)]),
    ...(runtime === null ? [] : ['--runtime', runtime.folder]),
  ]
}

/**
 * Wait until the engine is up. An update can replace the program's files while it runs, and an engine of another version would misread
 * requests: throws UNSUPPORTED in that case.
 */
export async function greetEngine(engine: Engine, own = buildId): Promise<void> {
  const { build } = await engine.usage()
  if (build === undefined || build === own) return
  await engine.close()
  throw new LaurelError('UNSUPPORTED', 'Laurel was updated while it was running.', 'Restart Laurel, then continue.')
}

export function engineLost(how: string, lines: readonly string[], closing: boolean): LaurelError {
  if (closing) return new LaurelError('ENGINE_LOST', 'The engine was closed.', 'Start it again.')
  const said = lines.length === 0 ? '' : `\nLast output:\n${lines.join('\n')}`
  const remedy = /SIGKILL|SIGTRAP|SIGABRT|oom|memory/.test(how)
    ? 'It probably ran out of memory: use a smaller batch, shorter rows or bfloat16, then resume.'
    : 'Resume to continue. If it happens again, run `laurel doctor`.'
  return new LaurelError('ENGINE_LOST', `The engine process ended: ${how}.${said}`, remedy)
}

/** Milliseconds to wait for the engine to exit before escalating: after `shutdown`, and after SIGTERM. */
const patience = { shutdown: 30_000, terminate: 3_000 }

export interface Ending {
  /** Asks the engine to exit. */
  readonly shutdown: () => Promise<void>
  /** The process is gone. */
  readonly ended: Promise<unknown>
  readonly terminate: () => void
  readonly kill: () => void
}

/** End an engine process, gracefully if possible. */
export async function endEngine({ shutdown, ended, terminate, kill }: Ending): Promise<void> {
  await Promise.race([shutdown().catch(() => {}), ended, after(patience.shutdown)])
  await Promise.race([ended, after(patience.terminate)])
  terminate()
  await Promise.race([ended, after(patience.terminate)])
  kill()
  await ended
}

/** Resolves after a delay without keeping the process alive. */
const after = (milliseconds: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, milliseconds).unref())
