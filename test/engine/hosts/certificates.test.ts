import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openaiEngine } from '../../../main/engine/hosts/openai/openai-engine.ts'
import { jobsApi, rayVersion } from '../../../main/engine/hosts/ray/jobs-api.ts'
import { startRayEngine } from '../../../main/engine/hosts/ray-engine.ts'
import { lookUp } from '../../../main/models/hub/hub-listing.ts'
import { sampling } from '../../../main/shared/engine-protocol.ts'
import { openaiSettings } from '../../../main/shared/engine-settings.ts'
import { linux, needing } from '../../support/needs.ts'
import { repositoryFile } from '../../support/shared.ts'

const certificate = repositoryFile('test/fixtures/self-signed.pem')

/** A server that answers every request with `{"ray_version": "2.60.0"}`, with a certificate that no authority signed. */
let server: Server
let address: string
let asked: number
beforeEach(async () => {
  asked = 0
  const pem = readFileSync(certificate)
  server = createServer({ key: pem, cert: pem }, (_request, response) => {
    asked++
    response.end('{"ray_version": "2.60.0"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const untrusted = { code: 'NETWORK', remedy: expect.stringContaining("to the operating system's") }

describe('a server whose certificate no known authority signed', () => {
  it('is asked once by a run, which ends with what to do', async () => {
    const pauses: number[] = []
    const settings = openaiSettings.parse({ kind: 'openai', address: `${address}/v1`, model: 'm' })
    const engine = openaiEngine({ name: 'big', settings, key: null, pause: async (ms) => void pauses.push(ms) }, null)
    const rows = [{ input: { prompt: 'a' }, seeds: [1] }]
    const message = `Couldn't trust the certificate of engine big (${address}/v1): self-signed certificate`
    await expect(Array.fromAsync(engine.generate({ model: 'x', rows, sampling: sampling.parse({}), batch: 1 }))).rejects.toMatchObject({
      ...untrusted,
      message,
    })
    expect(pauses).toEqual([])
    await engine.close()
  })

  it("isn't waited for as a dashboard that is away would be", async () => {
    await expect(rayVersion(jobsApi({ address }))).rejects.toMatchObject({ ...untrusted, message: expect.stringContaining(address) })
  })

  it("isn't asked again for a download", async () => {
    const pause = vi.fn(async () => {})
    const access = { endpoint: address, token: null, isOffline: false, pause }
    await expect(lookUp({ repository: 'a/b', revision: 'main' }, access)).rejects.toMatchObject(untrusted)
    expect(pause).not.toHaveBeenCalled()
  })

  it('is trusted by the process of a Ray cluster if the environment of Laurel names it', async () => {
    const home = mkdtempSync(join(tmpdir(), 'laurel-certificates-'))
    const versionOf = async (): Promise<unknown> => {
      const engine = await startRayEngine({ home, address, storage: home })
      const error: unknown = await engine.info().catch((thrown: unknown) => thrown)
      await engine.close()
      return error
    }
    try {
      expect(await versionOf()).toMatchObject(untrusted)
      vi.stubEnv('NODE_EXTRA_CA_CERTS', certificate)
      expect(await versionOf()).toMatchObject({ message: `${address} answers, but not as Ray's Jobs API does.` }) // to the list of jobs
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  })

  needing(linux).test("is trusted if it is among the operating system's", async () => {
    const of = (path: string): string => JSON.stringify(repositoryFile(path))
    const script = `
      const { jobsApi } = await import(${of('main/engine/hosts/ray/jobs-api.ts')})
      const { lookUp } = await import(${of('main/models/hub/hub-listing.ts')})
      console.log(await jobsApi({ address: '${address}' }).version())
      const access = { endpoint: '${address}', token: null, isOffline: false }
      await lookUp({ repository: 'a/b', revision: 'main' }, access).catch((error) => console.log(error.message))
    `
    const env = { ...process.env, SSL_CERT_FILE: certificate } // where Node looks for the system's on Linux
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env })
    const host = new URL(address).host
    expect(stdout).toBe(`2.60.0\n${host} answers, but not as the Hugging Face Hub does.\n`)
    expect(asked).toBe(2)
  })
})
