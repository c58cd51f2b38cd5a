import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Command, Option } from 'commander'
import { openApplication } from '../../api/application.ts'
import { homeFolder } from '../../common/home.ts'
import { announce, type Present } from '../../common/presence.ts'
import { demoCheckers } from '../../demo/demo-run.ts'
import { startLocalEngine } from '../../engine/hosts/local-process.ts'
import { isOpenToOthers } from '../../serve/hosts.ts'
import { serveApplication } from '../../serve/server.ts'
import { listenForInterrupt } from '../interrupt.ts'
import { integer } from '../option-values.ts'
import { laurelVersion } from '../version.ts'

interface ServeCommandOptions {
  readonly port: number
  readonly host: string
  readonly name: string[]
  readonly open: boolean
}

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('the application in a browser: for a machine without a display, or one reached over SSH')
    .option('--port <n>', 'where to listen (default: any free port)', integer(0), 0)
    .option('--host <address>', 'on which interface; others than this machine’s own let anyone on the network try', '127.0.0.1')
    .addOption(
      new Option('--name <host>', 'another name by which a browser reaches it (may be repeated)')
        .argParser((name: string, before: string[]) => [...before, name])
        .default([], 'none'),
    )
    .option('--no-open', 'do not open the browser')
    .action(serve)
}

async function serve({ port, host, name, open }: ServeCommandOptions): Promise<void> {
  const home = homeFolder()
  const application = openApplication({
    ...{ home, surface: 'browser', version: laurelVersion(), checkersOf: demoCheckers },
    startEngine: (wish, onLog) => startLocalEngine({ home, onLog, ...wish }),
  })
  const interrupt = listenForInterrupt()
  try {
    const served = await serveApplication(application, { port, host, names: name })
    const presence = announce(home, `laurel serve, port ${served.port}`)
    tellOfOthers(presence.others)
    warnOfOpenness(host)
    process.stderr.write(`Laurel is served at\n  ${served.address}\n(works once; Ctrl-C ends it)\n`)
    if (open) openInBrowser(served.address)
    if (!interrupt.signal.aborted) await once(interrupt.signal, 'abort')
    presence.leave()
    await served.close()
  } finally {
    await application.close()
    interrupt.dispose()
  }
}

/** Two windows on one data folder are fine; but who does not know of the other wonders. */
function tellOfOthers(others: readonly Present[]): void {
  for (const { pid, what } of others)
    process.stderr.write(`This data folder is open elsewhere too: ${what} (process ${pid}). Both show the same runs.\n`)
}

function warnOfOpenness(host: string): void {
  if (!isOpenToOthers(host)) return
  process.stderr.write(
    `warning: ${host} can be reached from other machines, and what is sent is not encrypted. An SSH tunnel to 127.0.0.1 is safer.\n`,
  )
}

/** Ask the system to open an address. Where it cannot, the printed one is there. */
function openInBrowser(address: string): void {
  const [program, ...args] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open']
  const child = spawn(program, [...args, address], { stdio: 'ignore', detached: true })
  child.once('error', () => {})
  child.unref()
}
