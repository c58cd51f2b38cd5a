import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { homeFolder as homeFolderOfMain } from '../../main/common/home.ts'
import { repositoryFile } from '../support/shared.ts'

/** The launcher is JavaScript without types. */
interface Once {
  isAlive(owner: string, lock: string, startOf?: (pid: number) => string): boolean
  oneAtATime<T>(lock: string, work: () => Promise<T>): Promise<T>
}
interface Node24 {
  ensureNode(home: string, version: string): Promise<string>
  nodeProgram(folder: string, platform: NodeJS.Platform): string
}
interface Run {
  invocation(
    program: string,
    args: readonly string[],
    platform: NodeJS.Platform,
  ): { program: string; args: readonly string[]; shell: boolean }
}
const load = async <T>(file: string): Promise<T> => (await import(repositoryFile(`main/launcher/${file}`))) as T

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-launcher-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const urlOf = (file: string): string => JSON.stringify(pathToFileURL(repositoryFile(`main/launcher/${file}`)).href)

/** A launcher that hands over to a program given as source text and passes on its output. */
function startLauncher(program: string): ChildProcess {
  const script = `
    import { handOver } from ${urlOf('run.js')}
    const preload = ${urlOf('end-with-launcher.js')}
    process.exitCode = await handOver(process.execPath, ['--import', preload, '--input-type=module', '-e', ${JSON.stringify(program)}], { watched: true })`
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
}

const firstOutput = async (child: ChildProcess): Promise<string> => String((await once(child.stdout!, 'data'))[0]).trim()

test("the launcher exits with the program's exit code", async () => {
  const [code] = await once(startLauncher('process.exit(7)'), 'exit')
  expect(code).toBe(7)
})

test('a signal that reaches the launcher reaches the program', async () => {
  const launcher = startLauncher("process.on('SIGTERM', () => process.exit(42)); setInterval(() => {}, 1000); console.log('ready')")
  expect(await firstOutput(launcher)).toBe('ready')
  launcher.kill('SIGTERM')
  expect((await once(launcher, 'exit'))[0]).toBe(42)
})

test('a signal that ends the program ends the launcher too', async () => {
  const [, signal] = await once(startLauncher("process.kill(process.pid, 'SIGKILL')"), 'exit')
  expect(signal).toBe('SIGKILL')
})

test('a program does not outlive a launcher that was killed', async () => {
  const launcher = startLauncher('setInterval(() => {}, 1000); console.log(process.pid)')
  await once(launcher.stdout!, 'data')
  const ended = once(launcher, 'close') // when every process has closed its output, including the program
  launcher.kill('SIGKILL')
  await ended
})

test('the channel to the launcher does not keep a finished program alive', async () => {
  const [code] = await once(startLauncher("console.log('done')"), 'exit')
  expect(code).toBe(0)
})

test('a setup step whose owner was killed is taken over', async () => {
  const { oneAtATime } = await load<Once>('once.js')
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  const lock = join(folder, 'locks', 'setup')
  mkdirSync(dirname(lock))
  writeFileSync(lock, `${pid} 1`)
  expect(await oneAtATime(lock, async () => 'done')).toBe('done')
  expect(readdirSync(dirname(lock))).toEqual([])
})

test('only one launcher at a time executes a setup step', async () => {
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

test('a Node that is new enough is used directly; otherwise the downloaded one is', async () => {
  const { ensureNode } = await load<Node24>('node-24.js')
  for (const version of ['22.18.0', '24.1.0', '25.0.0']) expect(await ensureNode(folder, version)).toBe(process.execPath)
  const fetched = join(folder, 'node/node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')
  mkdirSync(dirname(fetched), { recursive: true })
  writeFileSync(fetched, '')
  for (const version of ['20.20.2', '22.17.1', '23.5.0']) expect(await ensureNode(folder, version)).toBe(fetched)
})

test('if the system does not report start times, the last heartbeat decides whether a lock is held', async () => {
  const { isAlive } = await load<Once>('once.js')
  const lock = join(folder, 'lock')
  writeFileSync(lock, `${process.pid} `)
  const untold = () => ''
  expect(isAlive(`${process.pid} `, lock, untold)).toBe(true)
  const old = new Date(Date.now() - 120_000)
  utimesSync(lock, old, old)
  expect(isAlive(`${process.pid} `, lock, untold)).toBe(false)
  expect(isAlive(`${process.pid} 5`, lock, () => '5')).toBe(true)
})

test('on Windows only .cmd files are started through a shell, with quotes around spaces', async () => {
  const { invocation } = await load<Run>('run.js')
  const node = 'C:\\Program Files\\nodejs\\node.exe'
  const script = 'C:\\Program Files\\Laurel\\node_modules\\typescript\\bin\\tsc'
  expect(invocation(node, [script, '-p', 'x'], 'win32')).toEqual({ program: node, args: [script, '-p', 'x'], shell: false })
  expect(invocation('npm', ['install', 'node@24', '--prefix', 'C:\\Users\\Ann Lee\\Laurel\\'], 'win32')).toEqual({
    program: 'npm.cmd',
    args: ['install', 'node@24', '--prefix', '"C:\\Users\\Ann Lee\\Laurel\\\\"'],
    shell: true,
  })
  expect(invocation('C:\\Program Files\\nodejs\\npm.cmd', ['ci'], 'win32').program).toBe('"C:\\Program Files\\nodejs\\npm.cmd"')
  expect(invocation('npm', ['ci'], 'linux')).toEqual({ program: 'npm', args: ['ci'], shell: false })
})

test('the downloaded Node is bin/node.exe on Windows and bin/node elsewhere', async () => {
  const { nodeProgram } = await load<Node24>('node-24.js')
  expect(nodeProgram('there', 'win32')).toBe(join('there', 'node_modules', 'node', 'bin', 'node.exe'))
  expect(nodeProgram('there', 'darwin')).toBe(join('there', 'node_modules', 'node', 'bin', 'node'))
})

test('.nvmrc names a Node that is used directly, and package.json the oldest that the launcher itself supports', async () => {
  const { ensureNode } = await load<Node24>('node-24.js')
  const wanted = readFileSync(repositoryFile('.nvmrc'), 'utf8').trim()
  expect(await ensureNode(folder, `${wanted}.0.0`)).toBe(process.execPath)
  const { oldestForLauncher } = await load<{ oldestForLauncher: string }>('places.js')
  expect(JSON.parse(readFileSync(repositoryFile('package.json'), 'utf8')).engines.node).toBe(`>=${oldestForLauncher}`)
})

test('launcher and main both resolve a relative data folder against the folder that Laurel was started in', async () => {
  const { homeFolder } = await load<{ homeFolder(env: NodeJS.ProcessEnv): string }>('places.js')
  for (const env of [{ LAUREL_HOME: 'data' }, { LAUREL_HOME: './a/../data' }, { LAUREL_HOME: '/data' }, { LAUREL_HOME: '' }, {}]) {
    expect(homeFolderOfMain(env)).toBe(homeFolder(env))
  }
  expect(homeFolderOfMain({ LAUREL_HOME: 'data' })).toBe(join(process.cwd(), 'data'))
})

test('each npm script runs the launcher command of its name', async () => {
  const { developerCommands } = await load<{ developerCommands: Record<string, unknown> }>('develop.js')
  const known = new Set([...Object.keys(developerCommands), 'start', 'demo', 'package'])
  const { scripts } = JSON.parse(readFileSync(repositoryFile('package.json'), 'utf8')) as { scripts: Record<string, string> }
  for (const [name, command] of Object.entries(scripts)) {
    expect(command).toBe(`node laurel ${name}`)
    expect(known).toContain(name)
  }
})
