import { once } from 'node:events'
import { type Command, Option } from 'commander'
import { openApplication } from '../../app/application.ts'
import { homeFolder, homePaths } from '../../common/home.ts'
import { announce, type Present } from '../../common/presence.ts'
import { keepPrivate } from '../../common/private-files.ts'
import { guardProcess } from '../../common/work-scope.ts'
import { demoCheckers } from '../../demo/demo-run.ts'
import { startLocalEngine } from '../../engine/hosts/local-process.ts'
import { addressOf, isOpenToOthers } from '../../serve/access.ts'
import { lastPort, rememberPort } from '../../serve/last-port.ts'
import { openInBrowser } from '../../serve/open-browser.ts'
import { type Served, type ServeOptions, serveApplication } from '../../serve/server.ts'
import { LaurelError, toErrorValue } from '../../shared/errors.ts'
import { listenForInterrupt, whenOutputCloses } from '../exit.ts'
import { integer } from '../options.ts'
import { laurelVersion } from '../version.ts'

interface ServeCommandOptions {
  readonly port?: number
  readonly host: string
  readonly name: string[]
  readonly open: boolean
}

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('serve the application to a browser, for a machine without a display or one reached over SSH')
    .option('--port <n>', 'port to listen on (default: the last one used, or any free port)', integer(0, 65_535))
    .option('--host <address>', 'interface to listen on; any other than the default is reachable from the network', '127.0.0.1')
    .addOption(
      new Option('--name <host>', 'additional host name for browsers (may be repeated)')
        .argParser((name: string, before: string[]) => [...before, name])
        .default([], 'none'),
    )
    .option('--no-open', "don't open the browser")
    .action(serve)
}

async function serve({ port, host, name, open }: ServeCommandOptions): Promise<void> {
  const home = homeFolder()
  keepPrivate(home)
  const application = openApplication({
    ...{ home, surface: 'browser', version: laurelVersion(), checkersOf: demoCheckers },
    startEngine: (wish, onLog) => startLocalEngine({ home, onLog, ...wish }),
  })
  guardProcess((error) => application.log.write('error', 'laurel', `uncaught error: ${toErrorValue(error).message}`))
  whenOutputCloses(() => {}) // keep serving even if no one reads the output
  const interrupt = listenForInterrupt()
  try {
    const served = await serveAtLastPort(application, { port, host, names: name })
    const presence = announce(home, `laurel serve, port ${served.port}`, addressOf(host, served.port))
    mentionOthers(presence.others)
    warnIfReachable(host)
    const link = served.link()
    process.stderr.write(
      `Laurel is running at\n  ${link}\n(The link works once; \`laurel link\` prints another. Press Ctrl-C to stop Laurel.)\n`,
    )
    const page = open ? openInBrowser(link, homePaths(home).serve) : undefined
    if (!interrupt.signal.aborted) await once(interrupt.signal, 'abort')
    page?.remove()
    presence.leave()
    await served.close()
  } finally {
    await application.close()
    interrupt.dispose()
  }
}

/** Uses the given port, or the last one used so that open pages reconnect, or any free port. */
async function serveAtLastPort(
  application: Parameters<typeof serveApplication>[0],
  { port, ...options }: Omit<ServeOptions, 'port'> & { readonly port?: number },
): Promise<Served> {
  if (port !== undefined) return serveApplication(application, { ...options, port })
  const served = await serveApplication(application, { ...options, port: lastPort(application.home) }).catch((error: unknown) => {
    if (error instanceof LaurelError && error.code === 'BUSY') return serveApplication(application, { ...options, port: 0 })
    throw error
  })
  rememberPort(application.home, served.port)
  return served
}

/** Several windows on one data folder work, but a user who forgot about the other one would be surprised. */
function mentionOthers(others: readonly Present[]): void {
  for (const { pid, what } of others)
    process.stderr.write(`This data folder is also open in ${what} (process ${pid}). Both show the same runs.\n`)
}

function warnIfReachable(host: string): void {
  if (!isOpenToOthers(host)) return
  process.stderr.write(
    `warning: ${host} is reachable from other machines, and the connection isn't encrypted. An SSH tunnel to 127.0.0.1 is safer.\n`,
  )
}
