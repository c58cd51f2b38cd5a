import { fileURLToPath } from 'node:url'
import { buildId } from '../../common/build-id.ts'
import { LaurelError } from '../../common/errors.ts'
import { onDisk } from '../../common/on-disk.ts'
import { usableRuntime } from '../../runtimes/find.ts'
import type { BackendName } from '../protocol.ts'
import type { PrecisionWish } from '../train-config.ts'
import type { Engine } from './engine.ts'

/** What every kind of process that an engine runs in has in common. */

export interface LocalEngineOptions {
  /** The data folder, where runtime packs are looked for. */
  readonly home: string
  readonly backend?: BackendName
  /** Of models that are served (float32 where absent). A training has its own, in its config. */
  readonly precision?: PrecisionWish
  /** Processor threads (one for each processor where absent). */
  readonly threads?: number
  readonly onLog?: (text: string) => void
}

/** The entry: TypeScript where this is TypeScript (Node strips the types), JavaScript where it is compiled. */
export const engineEntry = onDisk(
  fileURLToPath(new URL(`../process/main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)),
)

/** Throws RUNTIME_MISSING where a runtime pack is installed and can't be used. */
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
 * Wait until the engine is up. An update replaces the program's files while it runs, and an engine of another version would misunderstand what it is asked:
 * throws UNSUPPORTED then.
 */
export async function greetEngine(engine: Engine, own = buildId): Promise<void> {
  const { build } = await engine.usage()
  if (build === undefined || build === own) return
  await engine.close()
  throw new LaurelError('UNSUPPORTED', 'Laurel was updated while it was running.', 'Restart Laurel, then go on.')
}

export function engineLost(how: string, lines: readonly string[], closing: boolean): LaurelError {
  if (closing) return new LaurelError('ENGINE_LOST', 'The engine has been closed.', 'Start it again.')
  const said = lines.length === 0 ? '' : `\nIts last words:\n${lines.join('\n')}`
  const remedy = /SIGKILL|SIGTRAP|SIGABRT|oom|memory/.test(how)
    ? 'It probably ran out of memory: use a smaller batch, shorter rows or bfloat16, then resume.'
    : 'Resume to go on; if it happens again, run `laurel doctor`.'
  return new LaurelError('ENGINE_LOST', `The engine process ended: ${how}.${said}`, remedy)
}

/** How long an engine may take to end before it is ended: after `shutdown`, and after SIGTERM (milliseconds). */
const patience = { shutdown: 30_000, terminate: 3_000 }

export interface Ending {
  /** Asks the engine to end by itself. */
  readonly shutdown: () => Promise<void>
  /** The process is gone. */
  readonly ended: Promise<unknown>
  readonly terminate: () => void
  readonly kill: () => void
}

/** Ends an engine process: politely, then by force. */
export async function endEngine({ shutdown, ended, terminate, kill }: Ending): Promise<void> {
  await Promise.race([shutdown().catch(() => {}), ended, after(patience.shutdown)])
  await Promise.race([ended, after(patience.terminate)])
  terminate()
  await Promise.race([ended, after(patience.terminate)])
  kill()
  await ended
}

/** Resolves after so many milliseconds, and keeps nothing alive meanwhile. */
const after = (milliseconds: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, milliseconds).unref())
