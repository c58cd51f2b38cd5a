import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { commandLine } from '../support/command-line.ts'
import { type StandInServer, standInServer } from '../support/stand-in-server.ts'

const key = 'sk-0123456789-very-secret'

describe('laurel engine', () => {
  const laurel = commandLine()
  let server: StandInServer
  beforeAll(async () => {
    server = await standInServer({ key })
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await server.close()
    laurel.remove()
  })
  const engine = (...args: string[]) => laurel.run('engine', ...args)

  it('adds a server, tests it with a key from the environment, and says which judges it can serve', async () => {
    const added = await engine('add', 'big', '--address', server.address, '--model', 'big-model', '--key-variable', 'THE_KEY')
    expect(added).toMatchObject({ code: 0, stdout: '', stderr: 'added; to see what it can do: laurel engine test big\n' })
    const refused = await engine('test', 'big')
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain('refuses a request without a key')
    vi.stubEnv('THE_KEY', key)
    const { code, stdout, stderr } = await engine('test', 'big')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/judges +additive, expected, yes, checklist, pairwise\n/)
    expect(stdout).toContain('  not contrast: no log-probabilities of a given response')
  })

  it('lists engines, each with where its key is from, and never shows or stores the key', async () => {
    const { stdout } = await engine('list')
    expect(stdout).toMatch(/^local {2}this machine\nbig {2}OpenAI-compatible server, .*; key from the environment; tested /)
    const { stdout: json } = await engine('list', '--json')
    expect(JSON.parse(json)).toMatchObject([{ name: 'big', key: 'environment', test: { model: 'big-model' } }])
    expect(stdout + json).not.toContain(key)
    const home = laurel.path('home')
    const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(files.length).toBeGreaterThan(0)
    for (const { parentPath, name } of files) expect(readFileSync(join(parentPath, name), 'latin1'), name).not.toContain(key)
  })

  it.each([
    [['add', 'big', '--address', 'http://x/v1', '--model', 'm'], 'There is an engine big already.'],
    [['add', 'other', '--address', 'http://x/v1'], 'model'],
    [['add', 'other', '--address', 'http://me:secret@x/v1', '--model', 'm'], 'must not contain a user'],
    [['add', 'local', '--address', 'http://x/v1', '--model', 'm'], 'local is this machine.'],
    [['test', 'none'], 'There is no engine none.'],
  ])('refuses %j with one line', async (args, message) => {
    const { code, stderr } = await engine(...args)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('is named by a new run, which says before it exists what the engine can’t do', async () => {
    const make = (...args: string[]) => laurel.run('run', 'new', '--recipe', 'demo', '--set', 'judge.method=contrast', ...args)
    const unable = await make('--engine', 'judge=big')
    expect(unable).toMatchObject({ code: 2, stdout: '' })
    expect(unable.stderr).toContain("The judge contrast can't judge on big")
    const unknown = await make('--engine', 'judge=elsewhere')
    expect(unknown.stderr).toContain("names the engine elsewhere (engines.judge), which isn't configured on this machine")
    const wrong = await make('--engine', 'cook=big')
    expect(wrong.stderr).toContain('role=name')
  })

  it('removes an engine', async () => {
    expect(await engine('remove', 'big')).toMatchObject({ code: 0 })
    expect((await engine('list', '--json')).stdout).toBe('[]\n')
  })
})
