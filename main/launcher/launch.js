import { mkdirSync } from 'node:fs'
import { ensureBuild } from './build.js'
import { ensureDependencies } from './dependencies.js'
import { developerCommands } from './develop.js'
import { ensureNode, presentNode } from './node-24.js'
import { packageApplication } from './package.js'
import { compiledEntry, homeFolder, preload, SetupError, say } from './places.js'
import { handOver } from './run.js'
import { ensureRuntime } from './runtime-pack.js'
import { start } from './start.js'

/** Commands that the launcher executes itself. */
const ownCommands = { ...developerCommands, start, package: packageApplication }

/**
 * `laurel ARGS`: install what is missing, reporting each step in one line, then run the compiled command line on a suitable
 * Node. `laurel start` opens the application; `laurel test` and similar commands (develop.js) use the sources. LAUREL_NO_SETUP=1 skips setup.
 */
export async function launch([command, ...rest]) {
  if (process.env.LAUREL_HOME) process.env.LAUREL_HOME = homeFolder() // made absolute once: child processes may run in another folder
  const own = Object.hasOwn(ownCommands, command) ? ownCommands[command] : undefined
  try {
    const node = await setUp(command, rest)
    process.exitCode = own ? await own(node, rest) : await runLaurel(node, command === undefined ? [] : [command, ...rest])
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    say(error.message)
    process.exitCode = 1
  }
}

const runLaurel = (node, args) => handOver(node, ['--import', preload, compiledEntry, ...args], { watched: true })

/** Commands that only read the sources. */
const withoutBuild = new Set(['format', 'lint', 'typecheck'])
/** Commands that manage the runtime pack or don't compute. */
const withoutRuntime = new Set(['build', 'runtime', 'doctor', 'help', '--help', '-h', '--version', '-V', 'parse-scores', 'evaluate'])

async function setUp(command, rest) {
  const home = homeFolder()
  if (process.env.LAUREL_NO_SETUP) return presentNode(home)
  mkdirSync(home, { recursive: true })
  const node = await ensureNode(home)
  await ensureDependencies(home)
  if (withoutBuild.has(command)) return node
  await ensureBuild(home, node)
  const asksForHelp = command === undefined || rest.includes('--help') || rest.includes('-h')
  if (!asksForHelp && !withoutRuntime.has(command)) await ensureRuntime(home, node)
  return node
}
