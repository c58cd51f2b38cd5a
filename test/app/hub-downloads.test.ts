import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HubDownloads, hubDownloads } from '../../main/app/models/hub-downloads.ts'
import { openLog } from '../../main/common/log.ts'
import { type StandInHub, standInHub } from '../support/stand-in-hub.ts'

const repository = 'owner/small-model'
const files = { 'config.json': Buffer.from('{}'), 'model.safetensors': Buffer.alloc(40_000, 7) }

describe('downloads of the window', () => {
  let home: string
  let hub: StandInHub
  let downloads: HubDownloads
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'laurel-downloads-'))
    hub = await standInHub(repository, files)
    downloads = open()
  })
  afterEach(async () => {
    await downloads.close()
    await hub.close()
    rmSync(home, { recursive: true })
  })

  const open = () =>
    hubDownloads({ home, log: openLog(join(home, 'logs')), settings: () => ({ endpoint: hub.endpoint, token: null, isOffline: false }) })
  const status = () => downloads.list()[0]?.status
  const place = () => join(home, 'models', 'owner--small-model')
  /** Holds the transfer of the large file after so many bytes. */
  const hold = (after: number) => hub.faults.push({ kind: 'truncates', to: 1e9 }, { kind: 'drops', after, once: () => false })

  it('are offered with size and license before anything is fetched', async () => {
    expect(await downloads.look(repository, null)).toEqual({
      ...{ repository, commit: hub.commit, license: 'apache-2.0', page: `${hub.endpoint}/${repository}`, choices: [] },
      files: [
        { path: 'config.json', bytes: 2 },
        { path: 'model.safetensors', bytes: 40_000 },
      ],
    })
    expect(hub.asked).toHaveLength(1)
    expect(downloads.list()).toEqual([])
  })

  it('run in the background to the end, with their progress and place', async () => {
    await downloads.begin(repository, null)
    await expect.poll(status).toBe('done')
    expect(downloads.list()).toMatchObject([{ repository, done: 40_002, total: 40_002, path: place(), error: null }])
    downloads.dismiss(repository)
    expect(downloads.list()).toEqual([])
    expect(existsSync(place())).toBe(true)
  })

  it('can be stopped and continued, and only one of a model runs', async () => {
    hold(10_000)
    await downloads.begin(repository, null)
    await expect.poll(() => downloads.list()[0].done).toBe(10_002)
    await expect(downloads.begin(repository, null)).rejects.toMatchObject({ code: 'BUSY' })
    downloads.dismiss(repository)
    expect(downloads.list()).toHaveLength(1)
    downloads.stop(repository)
    await expect.poll(status).toBe('stopped')
    await downloads.begin(`${repository}@${hub.commit}`, null)
    await expect.poll(status).toBe('done')
    expect(hub.asked.at(-1)?.range).toBe('bytes=10000-')
  })

  it('end with Laurel, and continue in the next one', async () => {
    hold(20_000)
    await downloads.begin(repository, null)
    await expect.poll(() => downloads.list()[0].done).toBe(20_002)
    await downloads.close()
    expect(status()).toBe('stopped')
    downloads = open()
    expect(downloads.list()).toEqual([])
    await downloads.begin(repository, null)
    await expect.poll(status).toBe('done')
    expect(hub.asked.at(-1)?.range).toBe('bytes=20000-')
  })

  it('that fail show the error', async () => {
    hub.lies['model.safetensors'] = { lfs: { sha256: '0'.repeat(64), size: 40_000 } }
    await downloads.begin(repository, null)
    await expect.poll(status).toBe('failed')
    expect(downloads.list()[0].error).toMatchObject({ code: 'NETWORK', remedy: expect.stringContaining('HF_ENDPOINT') })
  })
})
