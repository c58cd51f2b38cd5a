import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { repositoryFile } from '../support/shared.ts'

/** The launcher is JavaScript without types. */
interface Once {
  oneAtATime<T>(lock: string, work: () => Promise<T>): Promise<T>
}
interface Node24 {
  ensureNode(home: string, version: string): Promise<string>
}
const load = async <T>(file: string): Promise<T> => (await import(repositoryFile(`main/launcher/${file}`))) as T

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-launcher-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const urlOf = (file: string): string => JSON.stringify(pathToFileURL(repositoryFile(`main/launcher/${file}`)).href)

/** A launcher that hands over to a program given as source text; the program's output is its own. */
function startLauncher(program: string): ChildProcess {
  const script = `
    import { handOver } from ${urlOf('run.js')}
    const preload = ${urlOf('end-with-launcher.js')}
    process.exitCode = await handOver(process.execPath, ['--import', preload, '--input-type=module', '-e', ${JSON.stringify(program)}], { watched: true })`
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
}

const firstOutput = async (child: ChildProcess): Promise<string> => String((await once(child.stdout!, 'data'))[0]).trim()

test("the exit code is the program's", async () => {
  const [code] = await once(startLauncher('process.exit(7)'), 'exit')
  expect(code).toBe(7)
})

test('a signal that reaches the launcher reaches the program', async () => {
  const launcher = startLauncher("process.on('SIGTERM', () => process.exit(42)); setInterval(() => {}, 1000); console.log('ready')")
  expect(await firstOutput(launcher)).toBe('ready')
  launcher.kill('SIGTERM')
  expect((await once(launcher, 'exit'))[0]).toBe(42)
})

test('a program that a signal ends ends the launcher likewise', async () => {
  const [, signal] = await once(startLauncher("process.kill(process.pid, 'SIGKILL')"), 'exit')
  expect(signal).toBe('SIGKILL')
})

test('a program does not outlive a launcher that was killed', async () => {
  const launcher = startLauncher('setInterval(() => {}, 1000); console.log(process.pid)')
  await once(launcher.stdout!, 'data')
  const ended = once(launcher, 'close') // when nobody holds its output any more, the program included
  launcher.kill('SIGKILL')
  await ended
})

test('the channel that watches the launcher does not keep a finished program alive', async () => {
  const [code] = await once(startLauncher("console.log('done')"), 'exit')
  expect(code).toBe(0)
})

test('a set-up step whose owner was killed is taken over', async () => {
  const { oneAtATime } = await load<Once>('once.js')
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  const lock = join(folder, 'locks', 'setup')
  mkdirSync(dirname(lock))
  writeFileSync(lock, `${pid} 1`)
  expect(await oneAtATime(lock, async () => 'done')).toBe('done')
  expect(readdirSync(dirname(lock))).toEqual([])
})

test('a set-up step is taken by one launcher at a time', async () => {
  const { oneAtATime } = await load<Once>('once.js')
  let inside = 0
  let most = 0
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside)
    await new Promise((resolve) => setImmediate(resolve))
    inside--
  }
  await Promise.all([1, 2, 3].map(() => oneAtATime(join(folder, 'lock'), work)))
  expect(most).toBe(1)
})

test('a Node that is new enough is used as it is; for an older one, what was fetched before is', async () => {
  const { ensureNode } = await load<Node24>('node-24.js')
  for (const version of ['22.14.0', '23.0.0', '24.1.0']) expect(await ensureNode(folder, version)).toBe(process.execPath)
  const fetched = join(folder, 'node/node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')
  mkdirSync(dirname(fetched), { recursive: true })
  writeFileSync(fetched, '')
  for (const version of ['20.20.2', '22.13.1']) expect(await ensureNode(folder, version)).toBe(fetched)
})
