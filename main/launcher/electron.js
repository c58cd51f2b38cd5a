import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { oneAtATime } from './once.js'
import { project, say } from './places.js'
import { runQuietly } from './run.js'

/** The npm package brings Electron's interface alone; its program is downloaded where it is first wanted, by the package's own script. */
const folder = join(project, 'node_modules', 'electron')
const day = 24 * 60 * 60 * 1000
const longestDownloadSeconds = 300

/**
 * Why Electron's window cannot be opened here, in a few words; undefined where it can. Electron never runs without its sandbox, so not as
 * root on Linux.
 */
export function whyNoWindow({ platform = process.platform, env = process.env, uid = process.getuid?.() } = {}) {
  if (platform !== 'linux') return undefined
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return 'there is no display here'
  if (uid === 0) return 'Electron’s sandbox does not run as root'
  return undefined
}

/** Electron's program; undefined where it is not there in the version that is asked for. */
export function electronProgram(from = folder) {
  try {
    const wanted = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')).version
    const present = readFileSync(join(from, 'dist', 'version'), 'utf8')
      .trim()
      .replace(/^v/, '')
    const program = join(from, 'dist', readFileSync(join(from, 'path.txt'), 'utf8'))
    return present === wanted && existsSync(program) ? program : undefined
  } catch {
    return undefined
  }
}

/** The same, fetched where it is missing. A failure is remembered for a day. */
export async function fetchedElectron(home, node, { from = folder, now = Date.now(), fetch = download } = {}) {
  const program = electronProgram(from)
  const failure = join(home, 'electron.failed.json')
  if (program !== undefined || failedToday(failure, now)) return program
  mkdirSync(home, { recursive: true })
  await oneAtATime(join(home, 'locks', 'electron'), async () => {
    if (electronProgram(from) !== undefined) return
    say('fetching Electron (about 110 MB); this happens once')
    try {
      await fetch(node, from)
      rmSync(failure, { force: true })
    } catch (error) {
      const reason = error.message.split('\n').find((line) => /error/i.test(line)) ?? error.message
      writeFileSync(failure, JSON.stringify({ at: new Date(now).toISOString(), reason }))
    }
  })
  return electronProgram(from)
}

const download = (node, from) => runQuietly(node, [join(from, 'install.js')], from, { seconds: longestDownloadSeconds })

function failedToday(path, now) {
  try {
    return now - Date.parse(JSON.parse(readFileSync(path, 'utf8')).at) < day
  } catch {
    return false
  }
}
