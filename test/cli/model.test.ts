import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { commandLine } from '../support/command-line.ts'
import { type StandInHub, standInHub } from '../support/stand-in-hub.ts'

const repository = 'owner/small-model'

describe('laurel model get', () => {
  const laurel = commandLine()
  let hub: StandInHub
  beforeEach(async () => {
    hub = await standInHub(repository, { 'config.json': Buffer.from('{}'), 'model.safetensors': Buffer.alloc(3_000_000, 1) })
    vi.stubEnv('HF_ENDPOINT', hub.endpoint)
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await hub.close()
  })

  afterAll(() => laurel.remove())

  it('downloads after the license was accepted, and prints the path alone on standard output', async () => {
    const { code, stdout, stderr } = await laurel.run('model', 'get', repository, '--accept-license')
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${laurel.path('home/models/owner--small-model')}\n` })
    expect(stderr).toContain(`${repository} at ${hub.commit.slice(0, 8)}: 2 files, 3 MB\nLicense: apache-2.0.\n`)
    expect(existsSync(join(stdout.trim(), 'model.safetensors'))).toBe(true)
  })

  it('fetches nothing before that', async () => {
    const { code, stderr } = await laurel.run('model', 'get', repository)
    expect(code).toBe(2)
    expect(stderr).toContain('--accept-license')
    expect(hub.asked.map(({ path }) => path)).toEqual([expect.stringContaining('/api/models/')])
  })

  it('says which name is wrong', async () => {
    const { code, stderr } = await laurel.run('model', 'get', 'gpt2', '--accept-license')
    expect(code).toBe(2)
    expect(stderr).toMatch(/^error: "gpt2" isn't the name of a model on Hugging Face\. Write OWNER\/NAME/)
  })
})
