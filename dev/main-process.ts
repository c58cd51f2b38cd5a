import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface MainProcess {
  /** Where main listens; undefined while it isn't up. */
  readonly port: number | undefined
  start(): void
  /** Ends main as Ctrl-C does (work stops after a step and resumes), then starts it from its sources again. */
  restart(): void
  stop(): Promise<void>
}

interface MainProcessOptions {
  readonly nodeArgs?: readonly string[]
  readonly args?: readonly string[]
  readonly say: (text: string) => unknown
  /** Main listens, for the first time or again. */
  readonly onUp: () => void
}

/** How long main may take to end before it is killed, milliseconds. What the engine has reported is stored by then. */
const patienceMs = 30_000

/**
 * Main in a child process. Its `entry` sends `{ port }` once it listens. After a crash it stays down until its sources change. If this process
 * is killed, main ends too: the channel between them closes (main/launcher/end-with-launcher.js).
 */
export function mainProcess(entry: URL, { nodeArgs = [], args = [], say, onUp }: MainProcessOptions): MainProcess {
  const endWithParent = new URL('../main/launcher/end-with-launcher.js', import.meta.url).href
  let child: ChildProcess | undefined
  let port: number | undefined
  let stopped = false
  let ending: Promise<void> | undefined

  function start(): void {
    if (stopped) return
    const own = fork(fileURLToPath(entry), args, { execArgv: ['--import', endWithParent, ...nodeArgs], stdio: 'inherit' })
    child = own
    own.on('message', (message) => {
      port = (message as { port: number }).port
      onUp()
    })
    own.once('error', (error) => say(`couldn't start main: ${error.message}`))
    own.once('exit', (code, signal) => {
      child = undefined
      port = undefined
      if (ending === undefined && !stopped) say(`main ended (${signal ?? `exit code ${code}`}) and restarts when its sources change`)
    })
  }

  function endChild(): Promise<void> {
    const own = child
    if (own === undefined) return Promise.resolve()
    port = undefined
    return new Promise((resolve) => {
      const force = setTimeout(() => own.kill('SIGKILL'), patienceMs)
      own.once('exit', () => {
        clearTimeout(force)
        resolve()
      })
      own.kill('SIGTERM')
    })
  }

  return {
    get port() {
      return port
    },
    start,
    restart() {
      if (ending !== undefined || stopped) return // the next main reads the newest sources anyway
      say('restarting main')
      ending = endChild().finally(() => {
        ending = undefined
        start()
      })
    },
    async stop() {
      stopped = true
      await (ending ?? endChild())
    },
  }
}
