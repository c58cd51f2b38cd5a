import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { processStart } from '../../main/common/process-identity.ts'
import { withLock } from '../../main/runtimes/install-lock.ts'

let folder = ''
let lock = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-lock-'))
  lock = join(folder, 'lock')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('only one process works at a time, and the second is informed that it waits', async () => {
  const events: string[] = []
  let release = () => {}
  const first = withLock(
    lock,
    () => events.push('first waits'),
    async () => {
      events.push('first begins')
      await new Promise<void>((resolve) => {
        release = resolve
      })
      events.push('first ends')
    },
  )
  const second = withLock(
    lock,
    () => {
      events.push('second waits')
      release()
    },
    async () => void events.push('second'),
  )
  await Promise.all([first, second])
  expect(events).toEqual(['first begins', 'second waits', 'first ends', 'second'])
  expect(readdirSync(folder)).toEqual([])
})

test('a lock whose owner has ended is taken over', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  writeFileSync(lock, JSON.stringify({ pid, started: 'long ago' }))
  expect(
    await withLock(
      lock,
      () => {},
      async () => 'done',
    ),
  ).toBe('done')
})

test('a lock whose owner had a process id that is now reused is taken over', async () => {
  writeFileSync(lock, JSON.stringify({ pid: process.pid, started: `${processStart(process.pid)}0` }))
  expect(
    await withLock(
      lock,
      () => {},
      async () => 'done',
    ),
  ).toBe('done')
})

test('if the OS reports no process start times, a stale lock is taken over and a fresh one is waited for', async () => {
  const untold = () => ''
  const old = new Date(Date.now() - 120_000)
  writeFileSync(lock, JSON.stringify({ pid: process.pid, started: '' }))
  utimesSync(lock, old, old)
  const done = async () => 'done'
  expect(await withLock(lock, () => {}, done, { startOf: untold })).toBe('done')

  writeFileSync(lock, JSON.stringify({ pid: process.pid, started: '' }))
  let waited = false
  const onWait = () => {
    waited = true
    rmSync(lock)
  }
  expect(await withLock(lock, onWait, done, { startOf: untold })).toBe('done')
  expect(waited).toBe(true)
})

test('a failure releases the lock', async () => {
  const failing = withLock(
    lock,
    () => {},
    async () => {
      throw new Error('no')
    },
  )
  await expect(failing).rejects.toThrow('no')
  expect(existsSync(lock)).toBe(false)
})
