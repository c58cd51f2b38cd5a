import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getModel } from '../../../main/models/hub/get-model.ts'
import { filesToGet, lookUp } from '../../../main/models/hub/hub-listing.ts'
import { pauseBefore, Retry } from '../../../main/models/hub/hub-request.ts'
import { hubSettings, parseHubName } from '../../../main/models/hub/hub-settings.ts'
import { type StandInHub, standInHub } from '../../support/stand-in-hub.ts'

const repository = 'owner/small-model'
const weights = Buffer.from(Uint8Array.from({ length: 40_000 }, (_, i) => (i * 31) % 251))
const folderFiles = {
  'config.json': Buffer.from('{"model_type": "llama"}'),
  'tokenizer.json': Buffer.from('{}'),
  'README.md': Buffer.from('# A model'),
  LICENSE: Buffer.from('Apache'),
  'model.safetensors': weights,
  'onnx/model.onnx': Buffer.alloc(5000),
  'pytorch_model.bin': Buffer.alloc(5000),
}

let home: string
let hub: StandInHub
let pauses: number[]
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laurel-hub-'))
  pauses = []
})
afterEach(async () => {
  await hub.close()
  rmSync(home, { recursive: true })
})

const access = (changes: object = {}) => ({
  ...{ endpoint: hub.endpoint, token: 'secret', isOffline: false },
  pause: async (ms: number) => void pauses.push(ms),
  ...changes,
})

async function get(changes: object = {}, wanted?: string, onProgress?: (progress: { done: number }) => void): Promise<string> {
  const model = await lookUp(parseHubName(repository), access(changes))
  return getModel({ home, model, files: filesToGet(model, wanted), access: access(changes), onProgress })
}

const place = () => join(home, 'models', 'owner--small-model')
const part = () => join(underway(), 'model.safetensors.part')
const drop = (after: number) => ({
  ...({ kind: 'drops', after } as const),
  once: () => (statSync(part(), { throwIfNoEntry: false })?.size ?? 0) >= after,
})
/** Silence of the server: so many bytes are on disk, and nothing more comes. */
const stall = (after: number) => ({ kind: 'stalls' as const, after, isStalling: false })
/** Limits of time that are over once the server is silent and what it has sent is on disk. */
function limitsWithoutWaiting(silences: ReturnType<typeof stall>[]) {
  const left = [...silences]
  const limits: number[] = []
  const startTimer = (ms: number, expire: () => void): (() => void) => {
    limits.push(ms)
    const look = setInterval(() => {
      const [next] = left
      if (!next?.isStalling || (statSync(part(), { throwIfNoEntry: false })?.size ?? 0) < next.after) return
      left.shift()
      expire()
    }, 2)
    return () => clearInterval(look)
  }
  return { limits, startTimer }
}
const underway = () => join(home, 'models', '.downloads', `owner--small-model@${hub.commit}`)

describe('a model from the Hub', () => {
  beforeEach(async () => {
    hub = await standInHub(repository, folderFiles)
  })

  it('comes with its configuration, tokenizer, card, and license, and nothing else', async () => {
    const seen: number[] = []
    expect(await get({}, undefined, ({ done }) => seen.push(done))).toBe(place())
    expect(readdirSync(place()).sort()).toEqual([
      'LICENSE',
      'README.md',
      'config.json',
      'laurel-source.json',
      'model.safetensors',
      'tokenizer.json',
    ])
    expect(readFileSync(join(place(), 'model.safetensors')).equals(weights)).toBe(true)
    expect(JSON.parse(readFileSync(join(place(), 'laurel-source.json'), 'utf8'))).toMatchObject({
      repository,
      commit: hub.commit,
      license: 'apache-2.0',
    })
    expect(seen.at(-1)).toBe(
      weights.length + [...Object.entries(folderFiles)].slice(0, 4).reduce((sum, [, content]) => sum + content.length, 0),
    )
    expect(existsSync(underway())).toBe(false)
  })

  it('isn’t fetched twice', async () => {
    await get()
    const before = hub.asked.length
    await get()
    expect(hub.asked.slice(before).map(({ path }) => path)).toEqual([expect.stringContaining('/api/models/')])
  })

  it('sends the token to the Hub, and only the bytes that are missing after a drop are asked for again', async () => {
    hub.faults.push(...Array(4).fill({ kind: 'truncates', to: 1e9 }), drop(15_000))
    await get()
    const [first, second] = hub.asked.filter(({ path }) => path === '/storage/model.safetensors')
    expect(first.range).toBeUndefined()
    expect(second.range).toBe('bytes=15000-')
    expect(hub.asked[0].authorization).toBe('Bearer secret')
    expect(readFileSync(join(place(), 'model.safetensors')).equals(weights)).toBe(true)
  })

  it('continues after a restart with what is on disk', async () => {
    const abort = new AbortController()
    const stopping = get({ signal: abort.signal }, undefined, ({ done }) => {
      if (done > 1000) abort.abort()
    })
    await expect(stopping).rejects.toMatchObject({ code: 'STOPPED' })
    expect(existsSync(place())).toBe(false)
    writeFileSync(part(), weights.subarray(0, 10_000))
    rmSync(join(underway(), 'model.safetensors'), { force: true })
    hub.asked.length = 0
    await get()
    expect(hub.asked.map(({ path, range }) => [path, range]).at(-1)).toEqual(['/storage/model.safetensors', 'bytes=10000-'])
    expect(readFileSync(join(place(), 'model.safetensors')).equals(weights)).toBe(true)
  })

  it.each([
    ['ends early without an error', { kind: 'truncates', to: 12_345 }],
    ['ignores the range', { kind: 'ignores-range' }],
    ['answers with another range', { kind: 'wrong-range' }],
    ['sends more than the Hub names', { kind: 'adds', bytes: 7 }],
    ['sends other content', { kind: 'spoils' }],
    ['fails', { kind: 'status', status: 503 }],
  ] as const)('is whole in the end if the server %s', async (_, fault) => {
    hub.faults.push(...Array(4).fill({ kind: 'truncates', to: 1e9 }), drop(15_000), fault)
    await get()
    expect(readFileSync(join(place(), 'model.safetensors')).equals(weights)).toBe(true)
    expect(statSync(join(place(), 'model.safetensors')).size).toBe(weights.length)
  })

  const isWhole = { kind: 'truncates', to: 1e9 } as const

  it('continues with the bytes that are missing if the server falls silent in the middle', async () => {
    const silence = stall(15_000)
    const { limits, startTimer } = limitsWithoutWaiting([silence])
    hub.faults.push(...Array(4).fill(isWhole), silence)
    expect(await get({ startTimer })).toBe(place())
    expect(hub.asked.at(-1)).toMatchObject({ path: '/storage/model.safetensors', range: 'bytes=15000-' })
    expect(readFileSync(join(place(), 'model.safetensors')).equals(weights)).toBe(true)
    expect(new Set(limits)).toEqual(new Set([60_000]))
    expect(pauses).toHaveLength(1)
  })

  it('is given up with what to do if the server stays silent, and keeps what there is', async () => {
    const silences = [stall(20_000), ...Array.from({ length: 8 }, () => stall(-1))]
    hub.faults.push(...Array(4).fill(isWhole), ...silences)
    await expect(get({ startTimer: limitsWithoutWaiting(silences).startTimer })).rejects.toMatchObject({
      ...{ code: 'NETWORK', message: expect.stringMatching(/^The download stopped: .* can't be reached: nothing came for 60 s\.$/) },
      remedy: expect.stringContaining('continues where it stopped'),
    })
    expect(pauses).toHaveLength(5)
    expect(statSync(part()).size).toBe(20_000)
  })

  it('can be stopped while the server is silent', async () => {
    const abort = new AbortController()
    const silence = stall(15_000)
    hub.faults.push(...Array(4).fill(isWhole), silence)
    const { startTimer } = limitsWithoutWaiting([silence])
    const stopping = get({ signal: abort.signal, startTimer: (ms: number) => startTimer(ms, () => abort.abort()) })
    await expect(stopping).rejects.toMatchObject({ code: 'STOPPED' })
    expect(statSync(part()).size).toBe(15_000)
  })

  it('waits as long as a server that limits the rate asks for', async () => {
    hub.faults.push({ kind: 'status', status: 429, retryAfter: '7' })
    await get()
    expect(pauses).toEqual([7000])
  })

  it('that never gets further is given up with what to do, and keeps what there is', async () => {
    hub.faults.push(...Array(4).fill({ kind: 'truncates', to: 1e9 }), drop(20_000), ...Array(20).fill({ kind: 'status', status: 503 }))
    await expect(get()).rejects.toMatchObject({ code: 'NETWORK', remedy: expect.stringContaining('continues where it stopped') })
    expect(pauses.length).toBeLessThan(10)
    expect(statSync(part()).size).toBe(20_000)
    hub.faults.length = 0
    expect(await get()).toBe(place())
  })

  it('that can’t even be looked up says that, and not that a download stopped', async () => {
    hub.says.status = 503
    await expect(get()).rejects.toMatchObject({
      ...{ code: 'NETWORK', message: "Couldn't look up the model: the server answered with status 503." },
      remedy: 'Check the connection, then try again.',
    })
    expect(pauses).toHaveLength(2)
  })

  it('isn’t looked up forever if the server falls silent in the middle of the listing', async () => {
    hub.says.isStalling = true
    const startTimer = (_: number, expire: () => void): (() => void) => {
      const look = setInterval(() => hub.asked.length > pauses.length && expire(), 2)
      return () => clearInterval(look)
    }
    await expect(get({ startTimer })).rejects.toMatchObject({
      ...{ code: 'NETWORK', message: expect.stringMatching(/^Couldn't look up the model: .*: nothing came for 60 s\.$/) },
    })
    expect(hub.asked).toHaveLength(3)
  })

  it('isn’t taken for found if the network answers with a page of its own', async () => {
    hub.says.text = '<html>Please log in</html>'
    const message = expect.stringContaining('answers, but not as the Hugging Face Hub does')
    await expect(get()).rejects.toMatchObject({ code: 'NETWORK', message })
  })

  it('whose content is wrong twice is refused, and nothing of it stays', async () => {
    hub.lies['model.safetensors'] = { lfs: { sha256: '0'.repeat(64), size: weights.length } }
    await expect(get()).rejects.toMatchObject({ code: 'NETWORK', message: expect.stringContaining('model.safetensors arrived twice') })
    expect(readdirSync(underway())).not.toContain('model.safetensors.part')
    expect(existsSync(place())).toBe(false)
  })

  it.each([
    ['larger', 1000, 'ends before the 41000 bytes that the Hub names'],
    ['smaller', -1000, 'is longer than the 39000 bytes that the Hub names'],
  ])('that the Hub calls %s than it is is given up, and says so', async (_, lie, message) => {
    const sha256 = createHash('sha256').update(weights).digest('hex')
    hub.lies['model.safetensors'] = { lfs: { sha256, size: weights.length + lie } }
    await expect(get()).rejects.toMatchObject({ code: 'NETWORK', message: expect.stringContaining(message) })
    expect(existsSync(place())).toBe(false)
  })

  it('of another commit gets a folder of its own', async () => {
    await get()
    writeFileSync(join(place(), 'laurel-source.json'), JSON.stringify({ repository, commit: 'f'.repeat(40), license: null, files: [] }))
    expect(await get()).toBe(`${place()}@${hub.commit.slice(0, 8)}`)
  })

  it.each([
    [401, 'BAD_INPUT', 'HF_TOKEN'],
    [403, 'BAD_INPUT', 'terms'],
    [404, 'NOT_FOUND', 'spelling'],
  ])('that the Hub refuses with %i is an error that says what to do', async (status, code, remedy) => {
    hub.says.status = status
    await expect(get()).rejects.toMatchObject({ code, remedy: expect.stringContaining(remedy) })
    expect(pauses).toEqual([])
  })

  it('isn’t fetched offline', async () => {
    await expect(get({ isOffline: true })).rejects.toMatchObject({ code: 'NETWORK', message: expect.stringContaining('HF_HUB_OFFLINE') })
    expect(hub.asked).toEqual([])
  })

  it('with a license of its own is named by it', async () => {
    const licenseFor = async (card: object) => {
      hub.says.card = card
      return (await lookUp(parseHubName(repository), access())).license
    }
    expect(await licenseFor({ license: 'other', license_name: 'llama3.2' })).toBe('llama3.2')
    expect(await licenseFor({ license: ['mit', 'apache-2.0'] })).toBe('mit, apache-2.0')
    expect(await licenseFor({})).toBeNull()
  })
})

describe('a repository of GGUF files', () => {
  it('lists the choices, and gets the chosen file; another one of the same commit joins it', async () => {
    hub = await standInHub(repository, {
      'a.Q4_0.gguf': weights,
      'a.Q8_0.gguf': Buffer.concat([weights, weights]),
      'README.md': Buffer.from('#'),
    })
    await expect(get()).rejects.toMatchObject({
      code: 'BAD_INPUT',
      remedy: expect.stringMatching(/--file: a\.Q4_0\.gguf \(40 kB\), a\.Q8_0\.gguf/),
    })
    await expect(get({}, 'b.gguf')).rejects.toMatchObject({ code: 'BAD_INPUT' })
    expect(await get({}, 'a.Q4_0.gguf')).toBe(join(place(), 'a.Q4_0.gguf'))
    expect(await get({}, 'a.Q8_0.gguf')).toBe(join(place(), 'a.Q8_0.gguf'))
    expect(readdirSync(place()).sort()).toEqual(['a.Q4_0.gguf', 'a.Q8_0.gguf', 'laurel-source.json'])
  })

  it('whose names would leave the folder, or with no weights at all, is refused', async () => {
    hub = await standInHub(repository, { '../../evil.gguf': weights, 'config.json': Buffer.from('{}') })
    await expect(get()).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })
})

describe('the name of a model on the Hub', () => {
  beforeEach(async () => {
    hub = await standInHub(repository, {})
  })

  it.each([
    ['HuggingFaceTB/SmolLM2-135M-Instruct', 'HuggingFaceTB/SmolLM2-135M-Instruct', 'main'],
    [' a/b@v1.0 ', 'a/b', 'v1.0'],
    ['https://huggingface.co/a/b', 'a/b', 'main'],
    ['https://huggingface.co/a/b/tree/refs-pr', 'a/b', 'refs-pr'],
    ['https://huggingface.co/a/b/blob/main/x.gguf', 'a/b', 'main'],
    ['hf.co/a/b/', 'a/b', 'main'],
  ])('%s', (text, name, revision) => expect(parseHubName(text)).toEqual({ repository: name, revision }))

  it.each(['', 'gpt2', 'a/../b', '../b', 'a b/c', '/home/me/model'])('is not %j', (text) => {
    expect(() => parseHubName(text)).toThrow(/isn't the name of a model/)
  })

  it('is looked up as the environment says', () => {
    const folder = join(home, 'cache')
    expect(hubSettings({ HF_HOME: folder })).toEqual({ endpoint: 'https://huggingface.co', token: null, isOffline: false })
    expect(hubSettings({ HF_HOME: folder, HF_ENDPOINT: 'https://mirror.example/', HF_TOKEN: ' t ', HF_HUB_OFFLINE: '1' })).toEqual({
      ...{ endpoint: 'https://mirror.example', token: 't', isOffline: true },
    })
    writeFileSync(join(home, 'token'), 'stored\n')
    expect(hubSettings({ HF_HOME: home }).token).toBe('stored')
    expect(() => hubSettings({ HF_ENDPOINT: 'mirror' })).toThrow(/HF_ENDPOINT/)
  })

  it.each([
    ['HF_TOKEN', { HF_TOKEN: 'hf_secret\nhf_rest' }],
    ['HF_ENDPOINT', { HF_ENDPOINT: 'https://user:hf_secret@mirror.example' }],
    ['HF_ENDPOINT', { HF_ENDPOINT: 'user:hf_secret@mirror.example' }],
  ])('and a secret that %s can’t carry isn’t shown in the error', (name, env) => {
    const settings = () => hubSettings({ HF_HOME: home, ...env })
    expect(settings).toThrow(expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining(name) }))
    expect(settings).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hf_secret') }))
  })

  it('without the token that a file holds if that can’t be one, and says which file', () => {
    writeFileSync(join(home, 'token'), 'hf_secret\nhf_rest\n')
    expect(() => hubSettings({ HF_HOME: home })).toThrow(expect.objectContaining({ message: expect.stringContaining(join(home, 'token')) }))
  })
})

it('pauses double, with jitter, up to a minute', async () => {
  hub = await standInHub(repository, {})
  const retry = new Retry('busy')
  expect([1, 2, 3, 10].map((n) => pauseBefore(n, retry, () => 1))).toEqual([1000, 2000, 4000, 60_000])
  expect(pauseBefore(1, retry, () => 0)).toBe(500)
  expect(pauseBefore(1, new Retry('busy', 3000))).toBe(3000)
})
