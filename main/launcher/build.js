import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { oneAtATime } from './once.js'
import { compiledEntry, project, SetupError, say } from './places.js'
import { runQuietly } from './run.js'

const build = join(project, 'build')
const stamp = join(build, '.stamp')
const folders = ['main', 'preload', 'renderer']
const settings = ['tsconfig.json', 'tsconfig.build.json', 'vite.config.ts', 'vite.preload.config.ts', 'package-lock.json']

/** Compile the sources and bundle the window if they have changed since the last build. The old build stays in use until the new one is complete. */
export async function ensureBuild(home, node) {
  if (isFresh()) return
  await oneAtATime(join(home, 'locks', 'setup'), async () => {
    if (isFresh()) return
    say('building')
    const state = stateOfSources() // before the compiler reads them, so that changes made meanwhile trigger the next build
    const temporary = `${build}.tmp-${process.pid}`
    removeAbandoned()
    try {
      const compiler = join(project, 'node_modules', 'typescript', 'bin', 'tsc')
      await runQuietly(node, [compiler, '-p', 'tsconfig.build.json', '--outDir', temporary], project)
      const bundler = join(project, 'node_modules', 'vite', 'bin', 'vite.js')
      await runQuietly(node, [bundler, 'build', '--outDir', join(temporary, 'renderer'), '--logLevel', 'error'], project)
      const preload = ['--config', 'vite.preload.config.ts', '--outDir', join(temporary, 'preload')]
      await runQuietly(node, [bundler, 'build', ...preload, '--logLevel', 'error'], project)
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true })
      throw new SetupError(`the build failed.\n${error.message}`)
    }
    writeFileSync(join(temporary, '.stamp'), state)
    rmSync(build, { recursive: true, force: true })
    renameSync(temporary, build)
  })
}

const isFresh = () => existsSync(compiledEntry) && existsSync(stamp) && readFileSync(stamp, 'utf8') === stateOfSources()

/** A hash that changes when any source file is added, removed, or written. */
function stateOfSources() {
  const hash = createHash('sha256')
  for (const name of [...folders.flatMap(filesOf), ...settings].sort()) {
    const { size, mtimeMs } = statSync(join(project, name))
    hash.update(`${name} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

const filesOf = (folder) =>
  readdirSync(join(project, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.js'))
    .map((entry) => relative(project, join(entry.parentPath, entry.name)))

function removeAbandoned() {
  for (const name of readdirSync(project)) if (/^build\.tmp-\d+$/.test(name)) rmSync(join(project, name), { recursive: true })
}
