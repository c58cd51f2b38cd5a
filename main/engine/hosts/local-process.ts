import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { LaurelError } from '../../common/errors.ts'
import { findRuntime } from '../../runtimes/find.ts'
import type { BackendName } from '../protocol.ts'
import type { Precision } from '../train-config.ts'
import { channelEngine, type EngineChannel } from './channel-engine.ts'
import type { Engine } from './engine.ts'
import { engineEnvironment } from './engine-environment.ts'
import { recentLines } from './recent-lines.ts'

export interface LocalEngineOptions {
  /** The data folder, where runtime packs are looked for. */
  readonly home: string
  readonly backend?: BackendName
  /** Of models that are served (float32 where absent). A training has its own, in its config. */
  readonly precision?: Precision
  /** Processor threads (one for each processor where absent). */
  readonly threads?: number
  readonly onLog?: (text: string) => void
}

/** How long an engine may take to end before it is ended: after `shutdown`, and after SIGTERM (milliseconds). */
const patience = { shutdown: 30_000, terminate: 3_000 }

/** The entry beside this file: TypeScript where this is TypeScript (Node strips the types), JavaScript where it is compiled. */
const entry = fileURLToPath(new URL(`../process/main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))

/**
 * Start an engine in a process of its own on this machine. The process is up when this resolves; its backend starts with
 * the first request that computes. Throws ENGINE_LOST where the process does not come up.
 */
export async function startLocalEngine(options: LocalEngineOptions): Promise<Engine> {
  const runtime = findRuntime(options.home)
  return startEngineProcess(entry, engineArguments(options, runtime?.folder ?? null), options)
}

/** Start the engine whose entry is `file`. */
export async function startEngineProcess(
  file: string,
  args: readonly string[],
  { threads, onLog }: Pick<LocalEngineOptions, 'threads' | 'onLog'> = {},
): Promise<Engine> {
  const child = fork(file, args, {
    env: engineEnvironment(process.env, threads),
    execArgv: [], // not this process's own (an inspector's port, a test runner's loader)
    serialization: 'advanced', // structured clones: NaN and -Infinity stay what they are
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const engine = channelEngine(childChannel(child), onLog)
  await engine.usage()
  return engine
}

function engineArguments({ backend, precision, threads }: LocalEngineOptions, runtimeFolder: string | null): string[] {
  return [
    ...(backend ? ['--backend', backend] : []),
    ...(precision ? ['--precision', precision] : []),
    ...(threads === undefined ? [] : ['--threads', String(threads)]),
    ...(runtimeFolder === null ? [] : ['--runtime', runtimeFolder]),
  ]
}

function childChannel(child: ChildProcess): EngineChannel {
  const output = recentLines([child.stdout, child.stderr])
  let closing = false
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it could not be started: ${error.message}`))
    // 'close' comes when its output has been read to the end, so that the report holds the last lines.
    child.once('close', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit code ${code}`))
  })
  return {
    // A failed send means that the process is gone; `close` tells.
    send: (message) => void child.send(message, () => {}),
    onMessage: (listener) => void child.on('message', listener),
    onLost: (listener) => void ended.then((how) => listener(engineLost(how, output.lines(), closing))),
    async close(shutdown) {
      closing = true
      await Promise.race([shutdown().catch(() => {}), ended, after(patience.shutdown)])
      await Promise.race([ended, after(patience.terminate)])
      child.kill('SIGTERM')
      await Promise.race([ended, after(patience.terminate)])
      child.kill('SIGKILL')
      await ended
    },
  }
}

function engineLost(how: string, lines: readonly string[], closing: boolean): LaurelError {
  if (closing) return new LaurelError('ENGINE_LOST', 'The engine has been closed.', 'Start it again.')
  const said = lines.length === 0 ? '' : `\nIts last words:\n${lines.join('\n')}`
  const remedy = /SIGKILL|SIGTRAP|SIGABRT/.test(how)
    ? 'It probably ran out of memory: use a smaller batch, shorter rows or bfloat16, then resume.'
    : 'Resume to go on; if it happens again, run `laurel doctor`.'
  return new LaurelError('ENGINE_LOST', `The engine process ended: ${how}.${said}`, remedy)
}

/** Resolves after so many milliseconds, and keeps nothing alive meanwhile. */
const after = (milliseconds: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, milliseconds).unref())
