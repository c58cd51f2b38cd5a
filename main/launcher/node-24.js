import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { oneAtATime } from './once.js'
import { SetupError, say } from './places.js'
import { runQuietly } from './run.js'

/** The oldest supported version: it runs TypeScript directly, which the developers' commands do; better-sqlite3 crashes before 22.14. */
const oldest = [22, 18]

/** The Node binary to run Laurel on: this one if it is new enough, otherwise a Node 24 in the data folder, downloaded once. */
export async function ensureNode(home, version = process.versions.node) {
  if (isNewEnough(version)) return process.execPath
  const program = fetchedNode(home)
  if (existsSync(program)) return program
  await oneAtATime(join(home, 'locks', 'node'), async () => {
    if (!existsSync(program)) await fetchNode(home, join(home, 'node'), version)
  })
  return program
}

/** The same without downloading anything. */
export function presentNode(home) {
  const program = fetchedNode(home)
  return isNewEnough(process.versions.node) || !existsSync(program) ? process.execPath : program
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major >= 24 || (major === oldest[0] && minor >= oldest[1]) // 23 has no long-term support
}

const fetchedNode = (home) => nodeProgram(join(home, 'node'))

/** The binary of npm's package `node`, in the folder where it was installed. */
export const nodeProgram = (folder, platform = process.platform) =>
  join(folder, 'node_modules', 'node', 'bin', platform === 'win32' ? 'node.exe' : 'node')

/** npm's package `node` contains the platform's binary; the package's install script puts it in place. */
async function fetchNode(home, folder, version) {
  say(`downloading Node 24 (this one is ${version}, Laurel needs ${oldest.join('.')})`)
  for (const name of readdirSync(home)) if (/^node\.tmp-/.test(name)) rmSync(join(home, name), { recursive: true })
  const temporary = `${folder}.tmp-${process.pid}`
  mkdirSync(temporary, { recursive: true })
  try {
    await runQuietly('npm', ['install', 'node@24', '--prefix', temporary, '--ignore-scripts=false', '--no-audit', '--no-fund'], temporary)
    await runQuietly(nodeProgram(temporary), ['--version'], temporary)
    rmSync(folder, { recursive: true, force: true })
    renameSync(temporary, folder)
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    throw new SetupError(`Couldn't download Node 24. Install Node ${oldest.join('.')} or later and try again.\n${error.message}`)
  }
}
