import { parseArgs } from 'node:util'
import { homeFolder } from '../main/common/home.ts'
import { announce } from '../main/common/presence.ts'
import { keepPrivate } from '../main/common/private-files.ts'
import { LaurelError } from '../main/shared/errors.ts'
import { mainProcess } from './main-process.ts'
import { sourceChanges } from './source-changes.ts'
import { startWindowServer } from './window-server.ts'

/**
 * `laurel dev`: the window from Vite with hot reload, and main from its sources, restarted when they change. The window server outlives main,
 * so open pages stay and reconnect.
 */

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '5173' },
    inspect: { type: 'boolean', default: false },
    'inspect-engine': { type: 'boolean', default: false },
  },
})

const home = homeFolder()
keepPrivate(home)
const say = (text: string): unknown => process.stderr.write(`dev: ${text}\n`)

let isFirst = true
const main = mainProcess(new URL('./serve.ts', import.meta.url), {
  nodeArgs: values.inspect ? ['--inspect'] : [],
  args: values['inspect-engine'] ? ['--inspect-engine'] : [],
  say,
  onUp() {
    say(isFirst ? `open ${server.link()} (works once; \`laurel link\` prints another; Ctrl-C quits)` : 'main is up again')
    isFirst = false
  },
})
const server = await startWindowServer({ home, port: Number(values.port), mainPort: () => main.port }).catch((error: unknown) => {
  if (!(error instanceof LaurelError)) throw error
  say(`${error.message} ${error.remedy}`)
  process.exit(1)
})
const changes = sourceChanges(server.vite.watcher, main.restart)
const presence = announce(home, `laurel dev, port ${server.port}`, new URL(server.link()).origin)
main.start()

async function end(): Promise<void> {
  changes.stop()
  presence.leave()
  await main.stop()
  await server.close()
  process.exit()
}
process.once('SIGINT', () => void end())
process.once('SIGTERM', () => void end())
