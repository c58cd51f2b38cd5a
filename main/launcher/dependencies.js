import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { oneAtATime } from './once.js'
import { project, SetupError, say } from './places.js'
import { runQuietly } from './run.js'

const npmCi = (folder) => runQuietly('npm', ['ci'], folder)

/**
 * Install the npm packages if they are missing or don't match package-lock.json. Never through a link: npm empties the folder first, and a linked
 * folder may be shared with other checkouts.
 */
export async function ensureDependencies(home, { folder = project, install = npmCi } = {}) {
  if (isLink(folder)) return checkLinked(folder)
  if (isInstalled(folder)) return
  await oneAtATime(join(home, 'locks', 'setup'), async () => {
    if (isInstalled(folder)) return
    say('installing npm packages (npm ci)')
    try {
      await install(folder)
    } catch (error) {
      throw new SetupError(`npm ci failed.\n${error.message}`)
    }
    writeFileSync(stampOf(folder), hashOfLock(folder))
  })
}

const modulesOf = (folder) => join(folder, 'node_modules')
const lockOf = (folder) => join(folder, 'package-lock.json')
const stampOf = (folder) => join(modulesOf(folder), '.laurel-stamp')
/** npm writes this file last, so if it is missing, an installation was interrupted. */
const npmsOwn = (folder) => join(modulesOf(folder), '.package-lock.json')

const hashOfLock = (folder) =>
  createHash('sha256')
    .update(readFileSync(lockOf(folder)))
    .digest('hex')

const isLink = (folder) => lstatSync(modulesOf(folder), { throwIfNoEntry: false })?.isSymbolicLink() ?? false

function checkLinked(folder) {
  if (existsSync(npmsOwn(folder))) return
  throw new SetupError(`${modulesOf(folder)} is a link to a folder without packages. Install them there (npm ci), or remove the link.`)
}

function isInstalled(folder) {
  if (!existsSync(npmsOwn(folder))) return false
  if (existsSync(stampOf(folder)) && readFileSync(stampOf(folder), 'utf8') === hashOfLock(folder)) return true
  return statSync(npmsOwn(folder)).mtimeMs >= statSync(lockOf(folder)).mtimeMs // installed manually
}
