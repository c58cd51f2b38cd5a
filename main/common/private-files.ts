import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { homeFolder } from './home.ts'

/** The user's original umask, in octal, for files written outside the data folder. An environment variable, so that worker threads inherit it. */
const usersUmask = 'LAUREL_USER_UMASK'

/**
 * Make the data folder private: on a shared machine, other users must not read prompts, models, or session keys. The folder's mode becomes 0700,
 * its direct entries lose all permissions of group and others, and everything that this process and its children write later lacks them too.
 * Windows already keeps user folders private. Folders owned by another user stay unchanged.
 */
export function keepPrivate(home: string): void {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  if (process.platform === 'win32') return
  const before = process.umask(0o077)
  process.env[usersUmask] ??= before.toString(8)
  restrict(home)
  for (const name of readdirSync(home)) restrict(join(home, name))
}

/** Remove the permissions of group and others. Links are skipped: their targets are outside the data folder. */
function restrict(path: string): void {
  try {
    const stats = lstatSync(path)
    if (!stats.isSymbolicLink() && (stats.mode & 0o077) !== 0) chmodSync(path, stats.mode & 0o700)
  } catch {
    // owned by another user, or just removed
  }
}

/**
 * The mode of a file or folder written outside the data folder (an export), according to the user's own umask. Undefined if the system's default
 * is already right: inside the data folder, and in a process that doesn't keep its files private.
 */
export function sharedMode(path: string, kind: 'file' | 'folder', env: NodeJS.ProcessEnv = process.env): number | undefined {
  const umask = env[usersUmask]
  if (umask === undefined || isInside(homeFolder(env), path)) return undefined
  return (kind === 'file' ? 0o666 : 0o777) & ~Number.parseInt(umask, 8)
}

/** Of folders on Linux: what is created inside belongs to the folder's group. */
const keepsGroup = 0o2000

/**
 * Give a file or folder outside the data folder the mode of the user's own umask. `target`: its final place, if it still has a temporary name.
 */
export function giveSharedMode(path: string, kind: 'file' | 'folder', target: string = path): void {
  const mode = sharedMode(target, kind)
  if (mode === undefined) return
  try {
    chmodSync(path, mode | (statSync(path).mode & keepsGroup))
  } catch {
    // a file system without modes, such as a mounted bucket or a memory stick
  }
}

/** Create a folder and those above it. Outside the data folder, they get the mode of the user's own umask. */
export function makeFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true })
  if (first === undefined) return
  for (let made = resolve(path); made.length >= resolve(first).length; made = dirname(made)) giveSharedMode(made, 'folder')
}

function isInside(folder: string, path: string): boolean {
  const way = relative(resolve(folder), resolve(path))
  return way !== '..' && !way.startsWith(`..${sep}`) && resolve(folder, way) === resolve(path)
}
