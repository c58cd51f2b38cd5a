import { once } from 'node:events'
import { openApplication } from '../main/app/application.ts'
import { listenForInterrupt } from '../main/cli/exit.ts'
import { laurelVersion } from '../main/cli/version.ts'
import { homeFolder } from '../main/common/home.ts'
import { guardProcess } from '../main/common/work-scope.ts'
import { demoCheckers } from '../main/demo/demo-run.ts'
import { patience } from '../main/engine/hosts/engine-watch.ts'
import { startLocalEngine } from '../main/engine/hosts/local-process.ts'
import { serveApplication } from '../main/serve/server.ts'
import { toErrorValue } from '../main/shared/errors.ts'

/** Main for `laurel dev`: the server of `laurel serve` on any free port, used only for its socket. The window server forwards to it. */

const home = homeFolder()
const inspected = process.argv.includes('--inspect-engine')
/** Each engine's inspector takes any free port. An engine at a breakpoint must not be ended as one that hangs. */
const debugged = {
  execArgv: ['--inspect=127.0.0.1:0'],
  patience: { ...patience, silent: Number.POSITIVE_INFINITY, stuck: Number.POSITIVE_INFINITY },
}

function tellInspector(line: string): void {
  if (line.startsWith('Debugger listening on')) process.stderr.write(`engine: ${line}\n`)
}

const application = openApplication({
  ...{ home, surface: 'browser', version: laurelVersion(), checkersOf: demoCheckers },
  startEngine: (wish, onLog) =>
    startLocalEngine({
      ...{ home, ...wish, ...(inspected ? debugged : {}) },
      onLog(line) {
        tellInspector(line)
        onLog?.(line)
      },
    }),
})
guardProcess((error) => application.log.write('error', 'laurel', `uncaught error: ${toErrorValue(error).message}`))
const interrupt = listenForInterrupt()
const served = await serveApplication(application, { port: 0, host: '127.0.0.1' })
process.send?.({ port: served.port })
if (!interrupt.signal.aborted) await once(interrupt.signal, 'abort')
await served.close()
await application.close()
interrupt.dispose()
