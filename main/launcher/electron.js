import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { oneAtATime } from './once.js'
import { project, say } from './places.js'
import { runQuietly } from './run.js'

/** The npm package contains only Electron's interface; the package's own script downloads the binary when it is first needed. */
const folder = join(project, 'node_modules', 'electron')
const day = 24 * 60 * 60 * 1000
const longestDownloadSeconds = 300

/**
 * Why Electron can't open a window here, in a few words; undefined if it can. Electron never runs without its sandbox, and therefore not as root on
 * Linux.
 */
export function whyNoWindow({ platform = process.platform, env = process.env, uid = process.getuid?.() } = {}) {
  if (platform !== 'linux') return undefined
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return 'there is no display here'
  if (uid === 0) return 'Electron’s sandbox doesn’t run as root'
  return undefined
}

/** The path of Electron's binary; undefined if it isn't installed in the required version. */
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

/** The same, after downloading it if it is missing. A failure is remembered for a day. */
export async function fetchedElectron(home, node, { from = folder, now = Date.now(), fetch = download } = {}) {
  const program = electronProgram(from)
  const failure = join(home, 'electron.failed.json')
  if (program !== undefined || failedToday(failure, now)) return program
  mkdirSync(home, { recursive: true })
  await oneAtATime(join(home, 'locks', 'electron'), async () => {
    if (electronProgram(from) !== undefined) return
    say('downloading Electron (about 110 MB, only once)')
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
