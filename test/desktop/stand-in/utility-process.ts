import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { record } from './control.ts'

const parentPort = fileURLToPath(new URL('./parent-port.ts', import.meta.url))

interface ForkOptions {
  readonly env?: Record<string, string>
  readonly execArgv?: readonly string[]
  readonly stdio?: readonly string[]
  readonly serviceName?: string
}

/** A utility process: an ordinary child process with Electron's messaging API. */
class StandInUtilityProcess extends EventEmitter {
  private readonly child: ChildProcess
  readonly stdout: Readable | null
  readonly stderr: Readable | null

  constructor(file: string, args: readonly string[], { env, serviceName }: ForkOptions, gone: (details: object) => void) {
    super()
    this.child = fork(file, args, {
      env,
      execArgv: ['--import', parentPort],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.stdout = this.child.stdout
    this.stderr = this.child.stderr
    this.child.on('message', (message) => this.emit('message', message))
    this.child.on('exit', (code, signal) => {
      const exitCode = code ?? 1
      if (exitCode !== 0) gone({ type: 'Utility', reason: signal ? 'killed' : 'abnormal-exit', exitCode, serviceName, name: serviceName })
      this.emit('exit', exitCode)
    })
    record('utilityProcess.fork', { file, args, env: Object.keys(env ?? {}), pid: this.child.pid, serviceName })
  }

  get pid(): number | undefined {
    return this.child.pid
  }

  postMessage(message: unknown): void {
    if (this.child.connected) this.child.send(message as object, () => {})
  }

  kill(): boolean {
    return this.child.kill('SIGTERM')
  }
}

export const utilityProcessOf = (app: EventEmitter & { isReady(): boolean }) => ({
  fork(file: string, args: readonly string[] = [], options: ForkOptions = {}): StandInUtilityProcess {
    if (!app.isReady()) throw new Error('utilityProcess.fork before app is ready')
    return new StandInUtilityProcess(file, args, options, (details) => app.emit('child-process-gone', {}, details))
  },
})
