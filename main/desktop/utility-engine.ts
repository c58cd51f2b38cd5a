import { app, type UtilityProcess, utilityProcess } from 'electron'
import type { Beat } from '../engine/beat.ts'
import { channelEngine, type EngineChannel } from '../engine/hosts/channel-engine.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import {
  endEngine,
  engineArguments,
  engineEntry,
  engineEnvironment,
  engineLost,
  greetEngine,
  type LocalEngineOptions,
  recentLines,
} from '../engine/hosts/engine-process.ts'

/** Numbers the service names: Electron identifies a lost process by its name. */
let started = 0

interface UtilityEngineOptions extends LocalEngineOptions {
  /** Called when the process ends without having been closed. */
  readonly onCrash?: () => void
}

/** Starts an engine in an Electron utility process, after `ready`. Resolves when the engine is up. Throws ENGINE_LOST if it doesn't start. */
export async function startUtilityEngine(options: UtilityEngineOptions): Promise<Engine> {
  const serviceName = `Laurel engine ${++started}`
  const child = utilityProcess.fork(engineEntry, engineArguments(options), {
    env: definedValues(engineEnvironment(process.env, options.threads)),
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe'],
    serviceName,
    allowLoadingUnsignedLibraries: true, // macOS: the runtime pack is compiled on this machine
  })
  const engine = channelEngine(utilityChannel(child, serviceName, options.onCrash, options.onLog), { onLog: options.onLog })
  await greetEngine(engine)
  return engine
}

const definedValues = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))

/** The channel to an engine in a utility process. */
export function utilityChannel(
  child: UtilityProcess,
  serviceName: string,
  onCrash: () => void = () => {},
  onLine?: (line: string) => void,
): EngineChannel {
  const streams = [child.stdout, child.stderr] as NodeJS.ReadableStream[]
  let onBeat: (beat: Beat) => void = () => {}
  const output = recentLines(streams, { onLine, onBeat: (beat) => onBeat(beat) })
  let closing = false
  const ended = howItEnds(child, serviceName, streams)
  void ended.then(() => closing || onCrash())
  return {
    send: (message) => child.postMessage(message),
    onMessage: (listener) => void child.on('message', listener),
    onLost: (listener) => void ended.then((how) => listener(engineLost(how, output.lines(), closing))),
    onBeat: (listener) => {
      onBeat = listener
    },
    kill: () => {
      closing = true // so that its exit isn't reported as a crash
      killOutright(child.pid)
    },
    close(shutdown) {
      closing = true
      return endEngine({ shutdown, ended, terminate: () => child.kill(), kill: () => killOutright(child.pid) })
    },
  }
}

/** Electron reports the exit code and the reason separately, in either order; the last output may arrive after both. */
async function howItEnds(child: UtilityProcess, serviceName: string, streams: readonly NodeJS.ReadableStream[]): Promise<string> {
  const reasons: string[] = []
  const listener: Parameters<typeof onGone>[0] = (_event, gone) => {
    if ((gone.serviceName === serviceName || gone.name === serviceName) && gone.reason !== 'clean-exit') reasons.unshift(gone.reason)
  }
  onGone(listener)
  child.on('error', (type, location) => reasons.push(`${type} at ${location}`))
  const read = Promise.all(streams.map((stream) => new Promise<void>((resolve) => stream.once('close', resolve).once('end', resolve))))
  const code = await new Promise<number>((resolve) => child.once('exit', resolve))
  await Promise.race([read, new Promise((resolve) => setTimeout(resolve, lastWordsMs))])
  app.off('child-process-gone', listener)
  return reasons.length > 0 ? `${reasons.join(', ')} (exit code ${code})` : `exit code ${code}`
}

const lastWordsMs = 500

const onGone = (listener: (event: Electron.Event, gone: Electron.Details) => void): void => void app.on('child-process-gone', listener)

function killOutright(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  } catch {
    // already gone
  }
}
