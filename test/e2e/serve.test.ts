import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ServedLaurel, startServe } from '../support/served.ts'
import { createTextRuns } from '../support/text-run.ts'
import { type Visitor, visit } from '../support/visitor.ts'

let home: string
let run: string
let served: ServedLaurel
let visitor: Visitor
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'laurel-serve-'))
  run = createTextRuns(home, [{ name: 'long', prompts: 400 }])[0]
  await open()
})
afterEach(async () => {
  visitor.leave()
  if (served.child.exitCode === null && served.child.signalCode === null) await served.end('SIGKILL')
  rmSync(home, { recursive: true, force: true })
})

async function open(): Promise<void> {
  served = await startServe(home)
  visitor = await visit(served.address)
}

const status = async (): Promise<string> => (await visitor.client.runs.show({ id: run })).status

/** Starts the run and waits for its first progress event. */
async function startWorking(): Promise<void> {
  const events = await visitor.client.events.follow({ runId: run, after: 0 })
  await visitor.client.runs.start({ id: run })
  for await (const { event } of events) if (event.kind === 'progress') break
  expect(await status()).toBe('running')
}

test('Ctrl-C pauses the active run before the server exits, and the run resumes from there', async () => {
  await startWorking()
  served.child.kill('SIGINT')
  const [code, signal] = await once(served.child, 'exit')
  expect([code, signal]).toEqual([0, null])
  await open()
  expect(await status()).toBe('paused')
  await startWorking()
})

test('a killed server leaves its run interrupted, and a new server resumes it', async () => {
  await startWorking()
  await served.end('SIGKILL')
  await open()
  expect(await status()).toBe('interrupted')
  await startWorking()
})

test('a second Ctrl-C ends the server immediately', async () => {
  await startWorking()
  served.child.kill('SIGINT')
  await once(served.child.stderr!, 'data') // it announces that it is stopping
  served.child.kill('SIGINT')
  const [code] = await once(served.child, 'exit')
  expect([0, 130]).toContain(code) // 0: the run had paused by then
})

test('a second server on the same data folder reports the first and shows the same runs', async () => {
  const other = await startServe(home)
  expect(other.said()).toContain(`process ${served.child.pid}`)
  const guest = await visit(other.address)
  expect((await guest.client.runs.list()).map(({ id }) => id)).toEqual([run])
  guest.leave()
  await other.end()
})
