import { homedir, platform } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The launcher is plain JavaScript without dependencies, for any Node from 20 on: it runs before anything is installed or
 * built, and brings about what the rest of Laurel takes for granted.
 */

/** As package.json's `engines` has it. What Laurel itself needs is in node-24.js, which fetches it. */
export const oldestForLauncher = '20.10'

/** The project's folder. */
export const project = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** The data folder. The same rule as in main/common/home.ts, which cannot be loaded before the build. */
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

/** Something that set-up cannot go on without, as the person is to read it. */
export class SetupError extends Error {}
