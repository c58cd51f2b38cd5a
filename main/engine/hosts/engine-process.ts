import { fileURLToPath } from 'node:url'
import { buildId } from '../../common/build-id.ts'
import { onDisk } from '../../common/on-disk.ts'
import { usableRuntime } from '../../runtimes/find.ts'
import type { BackendName } from '../../shared/engine-protocol.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { PrecisionWish } from '../../shared/train-config.ts'
import type { Engine } from './engine.ts'

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

/** Entry point: the TypeScript source when running from source (Node strips the types), otherwise the compiled JavaScript. */
export const engineEntry = onDisk(
  fileURLToPath(new URL(`../process/main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)),
)

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
