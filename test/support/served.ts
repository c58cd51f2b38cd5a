import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { repositoryFile } from './shared.ts'

/** A separate `laurel serve` with its own data folder. */
export interface ServedLaurel {
  readonly address: string
  readonly child: ChildProcess
  /** Its output so far. */
  said(): string
  /** Ends it as a user does (Ctrl-C), or kills it. */
  end(signal?: 'SIGINT' | 'SIGKILL'): Promise<void>
}

const sources = repositoryFile('main/cli/laurel.ts')

/** Start `laurel serve` and wait until it prints its address. */
export async function startServe(home: string, args: readonly string[] = [], program = sources): Promise<ServedLaurel> {
  const child = spawn(process.execPath, [program, 'serve', '--no-open', ...args], {
    env: { ...process.env, LAUREL_HOME: home },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'exit')
  let said = ''
  const address = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const found = /http:\S+/.exec(said)
      if (found) resolve(found[0])
    })
    child.once('exit', () => reject(new Error(`laurel serve ended: ${said}`)))
  })
  return {
    address,
    child,
    said: () => said,
    async end(signal = 'SIGINT') {
      child.kill(signal)
      await ended
    },
  }
}
