import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { engineKeys } from '../../main/app/engines/engine-keys.ts'
import { homePaths } from '../../main/common/home.ts'
import { openStore } from '../../main/store/store.ts'
import { commandLine } from '../support/command-line.ts'
import { standInCluster } from '../support/stand-in-cluster.ts'
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
    expect(refused.stderr).toContain('rejected a request without a key')
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
    [
      ['add', 'other', '--address', 'http://x/v1', '--model', 'm', '--storage', '/mnt'],
      "Couldn't add the engine other: storage: unknown key.",
    ],
    [['add', 'other', '--address', 'http://x/v1', '--model', 'm', '--currency', 'EUR'], 'prices.input'],
    [['edit', 'big', '--address', 'x'], "Couldn't change the engine big: address: must be an address that starts with"],
    [['edit', 'big', '--extra', 'low'], "Couldn't change the engine big: extra: must be a JSON object, such as"],
    [
      ['edit', 'big', '--extra', '{"max_tokens": 9}'],
      "Couldn't change the engine big: extra: must not set max_tokens, which Laurel sets itself.",
    ],
    [['edit', 'big', '--folder', '/mnt'], "Couldn't change the engine big: folder: unknown key."],
    [['edit', 'none', '--model', 'm'], 'There is no engine none.'],
    [['test', 'none'], 'There is no engine none.'],
  ])('refuses %j with one line', async (args, message) => {
    const { code, stderr } = await engine(...args)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  const settings = async (name: string): Promise<Record<string, unknown>> => {
    const engines = JSON.parse((await engine('list', '--json')).stdout) as { name: string; settings: Record<string, unknown> }[]
    return engines.find((known) => known.name === name)!.settings
  }

  it('changes the settings that are given, keeps the others, and keeps the test of the same server and model', async () => {
    const before = await settings('big')
    const edited = await engine('edit', 'big', '--concurrency', '3', '--timeout', '60', '--price-output', '8', '--currency', 'EUR')
    expect(edited).toMatchObject({ code: 0, stdout: '', stderr: '' })
    const prices = { input: 0, output: 8, currency: 'EUR' }
    expect(await settings('big')).toEqual({ ...before, concurrency: 3, timeout: 60, prices })
    await engine('edit', 'big', '--price-input', '2')
    expect(await settings('big')).toMatchObject({ prices: { ...prices, input: 2 } })
    await engine('edit', 'big', '--no-prices')
    expect(await settings('big')).toEqual({ ...before, concurrency: 3, timeout: 60, prices: null })
    expect((await engine('list')).stdout).toContain('tested')
  })

  it('sets extra fields of requests, for which the engine is tested again, and clears them', async () => {
    const edited = await engine('edit', 'big', '--extra', '{"reasoning_effort": "low"}')
    expect(edited).toMatchObject({ code: 0, stderr: 'to see what it can do now: laurel engine test big\n' })
    expect(await settings('big')).toMatchObject({ extra: { reasoning_effort: 'low' } })
    await engine('edit', 'big', '--extra', '{}')
    expect(await settings('big')).toMatchObject({ extra: {} })
    await engine('test', 'big')
  })

  it('drops the test and the stored key of another server, and says so', async () => {
    const stored = engineKeys(laurel.path('home'))
    await engine('add', 'moving', '--address', server.address, '--model', 'big-model')
    const store = openStore(homePaths(laurel.path('home')).database)
    stored.set(store.engines.resolve('moving'), key)
    store.close()
    await engine('test', 'moving')
    const moved = await engine('edit', 'moving', '--address', 'http://elsewhere/v1', '--no-key-variable')
    expect(moved).toMatchObject({
      code: 0,
      stderr: 'it needs its key again: laurel engine key moving\nto see what it can do now: laurel engine test moving\n',
    })
    expect((await engine('list')).stdout).toMatch(/moving {2}.*http:\/\/elsewhere\/v1, big-model; no key; not tested/)
    await engine('edit', 'moving', '--address', server.address)
    expect((await engine('list')).stdout).toMatch(/moving {2}.*; key stored; not tested/)
    await engine('remove', 'moving')
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

  it('tests a cluster by a job, and says what its nodes are and have', async () => {
    const cluster = await standInCluster(() => [])
    try {
      await engine('add', 'nodes', '--kind', 'ray', '--address', cluster.address, '--storage', cluster.folder)
      const { code, stdout } = await engine('test', 'nodes')
      expect(code).toBe(0)
      expect(stdout.split('\n').slice(1)).toEqual([
        'cluster   2 nodes, 4 CPUs',
        'software  vLLM 0.32.0, TRL 1.16.0, Ray 2.60.0',
        'judges    all',
        '',
      ])
    } finally {
      await cluster.close()
      await engine('remove', 'nodes')
    }
  })

  it('removes an engine', async () => {
    expect(await engine('remove', 'big')).toMatchObject({ code: 0 })
    expect((await engine('list', '--json')).stdout).toBe('[]\n')
  })
})
