import { type ChildProcess, fork } from 'node:child_process'
import type { Beat } from '../beat.ts'
import { channelEngine, type EngineChannel } from './channel-engine.ts'
import type { Engine } from './engine.ts'
import {
  endEngine,
  engineArguments,
  engineEntry,
  engineEnvironment,
  engineLost,
  greetEngine,
  type LocalEngineOptions,
  recentLines,
} from './engine-process.ts'
import type { Patience } from './engine-watch.ts'

interface ProcessOptions extends Pick<LocalEngineOptions, 'threads' | 'onLog'> {
  /** Node executable (default: this process's). */
  readonly node?: string
  readonly patience?: Patience
  /** Arguments for Node itself, such as `--inspect`. */
  readonly execArgv?: readonly string[]
  /** Variables besides those that every engine gets. */
  readonly environment?: NodeJS.ProcessEnv
}

/**
 * Start an engine in a child process on this machine. Resolves when the process is up; its backend starts with the first request that
 * computes. Throws ENGINE_LOST if the process doesn't come up.
 */
export const startLocalEngine = (options: LocalEngineOptions & ProcessOptions): Promise<Engine> =>
  startEngineProcess(engineEntry, engineArguments(options), options)

/** Start an engine with `file` as its entry point. */
export async function startEngineProcess(
  file: string,
  args: readonly string[],
  { threads, onLog, node = process.execPath, patience, execArgv = [], environment = {} }: ProcessOptions = {},
): Promise<Engine> {
  const child = fork(file, args, {
    env: { ...engineEnvironment(process.env, threads), ...environment },
    execPath: node,
    execArgv: [...execArgv], // without this process's own arguments (inspector port, test loader)
    serialization: 'advanced', // structured clones preserve NaN and -Infinity
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const engine = channelEngine(childChannel(child, onLog), { onLog, patience })
  await greetEngine(engine)
  return engine
}

function childChannel(child: ChildProcess, onLine?: (line: string) => void): EngineChannel {
  let onBeat: (beat: Beat) => void = () => {}
  const output = recentLines([child.stdout, child.stderr], { onLine, onBeat: (beat) => onBeat(beat) })
  let closing = false
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`couldn't start it: ${error.message}`))
    // 'close' fires after all output has been read, so the report includes the last lines.
    child.once('close', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit code ${code}`))
  })
  return {
    // A failed send means that the process is gone, which `close` reports.
    send: (message) => void child.send(message, () => {}),
    onMessage: (listener) => void child.on('message', listener),
    onLost: (listener) => void ended.then((how) => listener(engineLost(how, output.lines(), closing))),
    onBeat: (listener) => {
      onBeat = listener
    },
    kill: () => void child.kill('SIGKILL'),
    close(shutdown) {
      closing = true
      return endEngine({ shutdown, ended, terminate: () => child.kill('SIGTERM'), kill: () => child.kill('SIGKILL') })
    },
  }
}
