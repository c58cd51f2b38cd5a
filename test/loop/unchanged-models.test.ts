import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../main/store/store.ts'
import { createTinyRun, workWithStandIn } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
})

/** A run that was interrupted after M1 was trained. */
async function interruptedRun(): Promise<string> {
  const runId = createTinyRun(store, home)
  const stop = new AbortController()
  const listener = () => {
    if (store.models.find(runId, 'M1') !== undefined) stop.abort()
  }
  expect(await workWithStandIn(store, home, runId, {}, { signal: stop.signal, listener })).toBe('paused')
  return runId
}

describe('a run that continues', () => {
  it.each(['M0', 'M1'])('rejects a %s whose files have been replaced, and continues when they are restored', async (name) => {
    const runId = await interruptedRun()
    const { path } = store.models.find(runId, name)!
    const file = join(path, readdirSync(path)[0])
    const before = readFileSync(file)
    writeFileSync(file, Buffer.concat([before, Buffer.from(' ')]))
    await expect(workWithStandIn(store, home, runId)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(new RegExp(`^${name} has changed since this run used it`)),
    })
    writeFileSync(file, before)
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
  })

  it('rejects a different folder moved into its place, however old its files are', async () => {
    const runId = await interruptedRun()
    const { path } = store.models.find(runId, 'M0')!
    const other = store.models.find(runId, 'M1')!.path
    renameSync(path, `${path}-away`)
    renameSync(other, path)
    await expect(workWithStandIn(store, home, runId)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/^M0 has changed/),
    })
  })
})
