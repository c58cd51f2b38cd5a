import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { oneAtATime } from './once.js'
import { project, SetupError, say } from './places.js'
import { runQuietly } from './run.js'

const lockFile = join(project, 'package-lock.json')
const stamp = join(project, 'node_modules', '.laurel-stamp')
/** npm writes this one last, so where it is missing an installation was broken off. */
const npmsOwn = join(project, 'node_modules', '.package-lock.json')

/** Install the npm packages where they are missing or not those of package-lock.json. */
export async function ensureDependencies(home) {
  if (isInstalled()) return
  await oneAtATime(join(home, 'locks', 'setup'), async () => {
    if (isInstalled()) return
    say('installing npm packages (npm ci)')
    try {
      await runQuietly('npm', ['ci'], project)
    } catch (error) {
      throw new SetupError(`npm ci failed.\n${error.message}`)
    }
    writeFileSync(stamp, hashOfLock())
  })
}

const hashOfLock = () => createHash('sha256').update(readFileSync(lockFile)).digest('hex')

function isInstalled() {
  if (!existsSync(npmsOwn)) return false
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOfLock()) return true
  return statSync(npmsOwn).mtimeMs >= statSync(lockFile).mtimeMs // installed by hand
}
