import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { repositoryFile } from '../support/shared.ts'

/** The launcher is JavaScript without types. */
interface ElectronFinder {
  whyNoWindow(on: { platform?: string; env?: Record<string, string>; uid?: number }): string | undefined
  electronProgram(from: string): string | undefined
  fetchedElectron(
    home: string,
    node: string,
    how: { from: string; now?: number; fetch: (node: string, from: string) => Promise<void> },
  ): Promise<string | undefined>
}
interface Start {
  runElectron(program: string, args: string[], early?: number): Promise<string | undefined>
}
const load = async <T>(file: string): Promise<T> => (await import(repositoryFile(`main/launcher/${file}`))) as T
const { whyNoWindow, electronProgram, fetchedElectron } = await load<ElectronFinder>('electron.js')
const { runElectron } = await load<Start>('start.js')

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-start-'))
  mkdirSync(join(folder, 'electron'))
  writeFileSync(join(folder, 'electron/package.json'), '{"version":"45.5.0"}')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const from = (): string => join(folder, 'electron')

/** Creates the files that Electron's own install script creates. */
function install(version = '45.5.0'): void {
  mkdirSync(join(from(), 'dist'), { recursive: true })
  writeFileSync(join(from(), 'dist/version'), `v${version}`)
  writeFileSync(join(from(), 'path.txt'), 'program')
  writeFileSync(join(from(), 'dist/program'), '')
}

describe('a window needs', () => {
  test('a display on Linux, X or Wayland', () => {
    expect(whyNoWindow({ platform: 'linux', env: {}, uid: 1000 })).toBe('there is no display here')
    expect(whyNoWindow({ platform: 'linux', env: { DISPLAY: ':0' }, uid: 1000 })).toBeUndefined()
    expect(whyNoWindow({ platform: 'linux', env: { WAYLAND_DISPLAY: 'wayland-0' }, uid: 1000 })).toBeUndefined()
    expect(whyNoWindow({ platform: 'darwin', env: {} })).toBeUndefined()
    expect(whyNoWindow({ platform: 'win32', env: {} })).toBeUndefined()
  })

  test('a user other than root, because of Electron’s sandbox', () => {
    expect(whyNoWindow({ platform: 'linux', env: { DISPLAY: ':0' }, uid: 0 })).toContain('root')
  })

  test('Electron’s binary in the required version', () => {
    expect(electronProgram(from())).toBeUndefined()
    install('44.0.0')
    expect(electronProgram(from())).toBeUndefined()
    install()
    expect(electronProgram(from())).toBe(join(from(), 'dist/program'))
  })
})

describe('Electron’s binary', () => {
  const home = (): string => join(folder, 'home')
  let fetched: number
  beforeEach(() => {
    fetched = 0
  })
  const failing = async (): Promise<void> => {
    fetched++
    throw new Error('install.js: exit code 1\nHTTPError: Response code 403')
  }
  const working = async (): Promise<void> => {
    fetched++
    install()
  }

  test('is downloaded once if it is missing', async () => {
    expect(await fetchedElectron(home(), 'node', { from: from(), fetch: working })).toBe(join(from(), 'dist/program'))
    expect(await fetchedElectron(home(), 'node', { from: from(), fetch: working })).toBe(join(from(), 'dist/program'))
    expect(fetched).toBe(1)
  })

  test('is downloaded again a day after a failure, whose reason is stored', async () => {
    const now = Date.now()
    const day = 24 * 60 * 60 * 1000
    for (const at of [now, now + 1000, now + day - 1000]) {
      expect(await fetchedElectron(home(), 'node', { from: from(), now: at, fetch: failing })).toBeUndefined()
    }
    expect(fetched).toBe(1)
    expect(JSON.parse(readFileSync(join(home(), 'electron.failed.json'), 'utf8')).reason).toContain('403')
    expect(await fetchedElectron(home(), 'node', { from: from(), now: now + day, fetch: working })).toBeDefined()
    expect(existsSync(join(home(), 'electron.failed.json'))).toBe(false)
  })

  test('is downloaded once for two concurrent requests', async () => {
    const both = [1, 2].map(() => fetchedElectron(home(), 'node', { from: from(), fetch: working }))
    expect((await Promise.all(both)).every((program) => program !== undefined)).toBe(true)
    expect(fetched).toBe(1)
  })
})

describe('an Electron process', () => {
  const exits = (code: number): string[] => ['-e', `process.exit(${code})`]

  test('that is closed by the user is a success', async () => {
    expect(await runElectron(process.execPath, exits(0))).toBeUndefined()
  })

  test('that fails immediately gives a reason, so that the browser can be opened instead', async () => {
    expect(await runElectron(process.execPath, exits(3))).toBe('Electron exited immediately (exit code 3)')
    expect(await runElectron(process.execPath, ['-e', "process.kill(process.pid, 'SIGKILL')"])).toBe(
      'Electron exited immediately (SIGKILL)',
    )
    expect(await runElectron(join(folder, 'missing'), [])).toContain('couldn’t start')
  })

  test('that fails after it has been used is not replaced by the browser', async () => {
    expect(await runElectron(process.execPath, exits(3), 0)).toBeUndefined()
  })
})
