import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runsApi } from '../../main/app/runs/runs.ts'
import { settingsFile } from '../../main/app/system/settings-file.ts'
import type { Store } from '../../main/store/store.ts'
import { type StandInOptions, standInEngine } from '../support/stand-in-engine.ts'
import { createTinyRun } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
})

let server: Server
let received: Record<string, unknown>[]
let status: number
beforeEach(async () => {
  received = []
  status = 200
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      received.push(JSON.parse(body))
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => new Promise((resolve) => server.close(resolve)))

const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`

const oneModel = { iterations: 0, evaluation: { count: 0 } }

/** Executes a run, and returns its state and what was logged. */
async function work(changes: object = oneModel, engine: StandInOptions = {}): Promise<{ state: string; logged: string[] }> {
  const id = createTinyRun(store, home, changes)
  const logged: string[] = []
  const state = await runsApi({ home, store })
    .work(id, { startEngine: async () => standInEngine(engine), log: (text) => logged.push(text) })
    .catch(() => 'failed')
  return { state, logged }
}

describe('the webhook', () => {
  it('is posted to about a finished run, with its name in the words that chat programs show', async () => {
    settingsFile(home).change({ webhook: address() })
    expect(await work()).toEqual({ state: 'finished', logged: [] })
    const text = 'Run finished: tiny'
    expect(received).toEqual([
      { event: 'finished', text, content: text, run: { id: expect.any(String), name: 'tiny' }, at: expect.stringMatching(/Z$/) },
    ])
  })

  it('is posted to about a run that waits for review, and about one that failed', async () => {
    settingsFile(home).change({ webhook: address() })
    await work({ iterations: 1, review: { wait: true }, evaluation: { count: 0 } })
    await work({ ...oneModel, seed_data: { ift: '/no/such/file' } })
    expect(received.map(({ event }) => event)).toEqual(['waiting-for-review', 'failed'])
    expect(received[1].text).toContain('/no/such/file')
  })

  it('doesn’t exist without an address', async () => {
    expect((await work()).state).toBe('finished')
    expect(received).toEqual([])
  })

  it('that refuses or can’t be reached is logged, and the run finishes', async () => {
    settingsFile(home).change({ webhook: address() })
    status = 500
    expect(await work()).toEqual({ state: 'finished', logged: ['the webhook answered with status 500'] })
    settingsFile(home).change({ webhook: 'http://127.0.0.1:1/' })
    expect(await work()).toEqual({ state: 'finished', logged: [expect.stringMatching(/^couldn't reach the webhook: .+/)] })
  })
})
