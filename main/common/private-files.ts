import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { homeFolder } from './home.ts'

/** The umask that the user had set, in octal, for what leaves the data folder. In the environment because worker threads get a copy of it. */
const usersUmask = 'LAUREL_USER_UMASK'

/**
 * Keep the data folder to its user: prompts, models and session keys are nobody else's business on a shared machine. The folder becomes 0700,
 * what lies directly in it loses every right of others, and all that this process and its children write from now on is made without such rights.
 * Windows keeps a user's folders to that user by itself. A folder that belongs to somebody else stays as it is.
 */
export function keepPrivate(home: string): void {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  if (process.platform === 'win32') return
  const before = process.umask(0o077)
  process.env[usersUmask] ??= before.toString(8)
  restrict(home)
  for (const name of readdirSync(home)) restrict(join(home, name))
}

/** Takes the rights of group and others away. Links are left alone: what they lead to isn't the data folder's. */
function restrict(path: string): void {
  try {
    const stats = lstatSync(path)
    if (!stats.isSymbolicLink() && (stats.mode & 0o077) !== 0) chmodSync(path, stats.mode & 0o700)
  } catch {
    // it belongs to another user, or has just been removed
  }
}

/**
 * The mode of a file or folder that leaves the data folder (an export): what the user's own umask gives. Undefined where the system's default
 * is right already: inside the data folder, and in a process that doesn't keep its files private.
 */
export function sharedMode(path: string, kind: 'file' | 'folder', env: NodeJS.ProcessEnv = process.env): number | undefined {
  const umask = env[usersUmask]
  if (umask === undefined || isInside(homeFolder(env), path)) return undefined
  return (kind === 'file' ? 0o666 : 0o777) & ~Number.parseInt(umask, 8)
}

function isInside(folder: string, path: string): boolean {
  const way = relative(resolve(folder), resolve(path))
  return way !== '..' && !way.startsWith(`..${sep}`) && resolve(folder, way) === resolve(path)
}
