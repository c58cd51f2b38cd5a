import { homedir, platform } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The launcher is plain JavaScript without dependencies, for Node 20 or later: it runs before anything is installed or
 * built, and sets up what the rest of Laurel depends on.
 */

/** The same as `engines` in package.json. node-24.js has the version that Laurel itself needs, and downloads it. */
export const oldestForLauncher = '20.10'

/** The project folder. */
export const project = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** The data folder, by the same rule as main/common/home.ts, which can't be loaded before the build. */
export function homeFolder(env = process.env) {
  if (env.LAUREL_HOME) return resolve(env.LAUREL_HOME)
  if (platform() === 'win32') return join(env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Laurel')
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Laurel')
  return join(env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'laurel')
}

/** The compiled command line. */
export const compiledEntry = join(project, 'build', 'main', 'cli', 'laurel.js')

/** Ends a process when the launcher is killed. */
export const preload = new URL('./end-with-launcher.js', import.meta.url).href

/** One line on standard error. */
export const say = (text) => process.stderr.write(`laurel: ${text}\n`)

/** A failure that setup can't continue after; the message is shown to the user. */
export class SetupError extends Error {}
