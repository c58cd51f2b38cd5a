import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runtimeInstaller } from '../../../main/app/system/runtime-installer.ts'
import { openLog } from '../../../main/common/log.ts'
import type { Manifest } from '../../../main/runtimes/manifest.ts'
import { LaurelError, stopped } from '../../../main/shared/errors.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laurel-runtimes-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

test('an installation reports its steps while it runs, and a second one has to wait', async () => {
  let end: () => void = () => {}
  const keeper = runtimeInstaller({
    home,
    log: openLog(join(home, 'logs')),
    install: async (_home, _kind, report) => {
      report('downloading')
      await new Promise<void>((resolve) => {
        end = resolve
      })
      report('testing the library')
      return { tensorflow: '2.18.1' } as Manifest
    },
  })
  const done = keeper.begin('cpu')
  expect((await keeper.state()).installation).toMatchObject({ kind: 'cpu', status: 'running', steps: [{ text: 'downloading' }] })
  expect(() => keeper.begin('cuda')).toThrow(/being installed/)
  end()
  await done
  const { installation } = await keeper.state()
  expect(installation?.status).toBe('done')
  expect(installation?.steps.map(({ text }) => text)).toEqual(['downloading', 'testing the library', 'installed: TensorFlow 2.18.1'])
})

test('an installation that is canceled ends, isn’t a failure, and another one can start', async () => {
  const keeper = runtimeInstaller({
    home,
    log: openLog(join(home, 'logs')),
    install: (_home, _kind, report, signal) =>
      new Promise((_, reject) => {
        report('downloading')
        signal!.addEventListener('abort', () => reject(stopped()))
      }),
  })
  keeper.cancel() // nothing is in progress
  const ended = keeper.begin('cpu')
  keeper.cancel()
  await ended
  const { installation } = await keeper.state()
  expect(installation).toMatchObject({ status: 'canceled', error: null })
  expect(installation?.steps.map(({ text }) => text)).toEqual(['downloading', 'canceling'])
  const again = keeper.begin('cpu')
  expect((await keeper.state()).installation).toMatchObject({ status: 'running' })
  keeper.cancel()
  await again
})

test('a failure is reported with its remedy, and another attempt can start', async () => {
  const log = openLog(join(home, 'logs'))
  let attempts = 0
  const keeper = runtimeInstaller({
    home,
    log,
    install: async () => {
      attempts++
      throw new LaurelError('RUNTIME_MISSING', 'no native runtime: no pip', 'Install python3.')
    },
  })
  await keeper.begin('cpu')
  expect((await keeper.state()).installation).toMatchObject({ status: 'failed', error: 'no native runtime: no pip\nInstall python3.' })
  expect(log.recent().at(-1)).toMatchObject({ level: 'error', source: 'runtime' })
  await keeper.begin('cpu')
  expect(attempts).toBe(2)
})
