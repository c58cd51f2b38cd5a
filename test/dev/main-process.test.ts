import { EventEmitter, once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { mainProcess } from '../../dev/main-process.ts'
import { isOfMain, sourceChanges } from '../../dev/source-changes.ts'
import { needing, posix } from '../support/needs.ts'
import { repositoryFile } from '../support/shared.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-dev-main-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const journal = (): string[] => readFileSync(join(folder, 'journal'), 'utf8').trim().split('\n')

/** A main that listens on port `port` and writes down when it starts and ends. */
function writeMain(port: number): URL {
  const path = join(folder, 'main.js')
  const write = (word: string): string =>
    `require('node:fs').appendFileSync(${JSON.stringify(join(folder, 'journal'))}, '${word} ${port}\\n')`
  writeFileSync(
    path,
    `${write('start')}
    process.on('SIGTERM', () => setTimeout(() => { ${write('end')}; process.exit() }, 50))
    process.send({ port: ${port} })
    setInterval(() => {}, 1000)`,
  )
  return pathToFileURL(path)
}

/** A main process whose news are events. */
function supervise(entry: URL) {
  const news = new EventEmitter()
  const main = mainProcess(entry, { say: (text) => news.emit('said', text), onUp: () => void news.emit('up') })
  return { main, news }
}

needing(posix).test('a restarted main comes from the new sources, after the old one has ended', async () => {
  const { main, news } = supervise(writeMain(1))
  main.start()
  await once(news, 'up')
  expect(main.port).toBe(1)
  writeMain(2)
  main.restart()
  expect(main.port).toBeUndefined()
  main.restart() // while the first one ends
  await once(news, 'up')
  expect(main.port).toBe(2)
  await main.stop()
  expect(journal()).toEqual(['start 1', 'end 1', 'start 2', 'end 2'])
})

test('a main that crashes is reported and starts when its sources change', async () => {
  const entry = writeMain(1)
  appendFileSync(join(folder, 'main.js'), '\nprocess.exit(3)')
  const { main, news } = supervise(entry)
  main.start()
  expect(await once(news, 'said')).toEqual(['main ended (exit code 3) and restarts when its sources change'])
  writeMain(2)
  main.restart()
  await once(news, 'up')
  await main.stop()
})

needing(posix).test('nothing restarts after the stop', async () => {
  const { main, news } = supervise(writeMain(1))
  main.start()
  await once(news, 'up')
  const stopping = main.stop()
  main.restart()
  await stopping
  expect(main.port).toBeUndefined()
  expect(journal()).toEqual(['start 1', 'end 1'])
})

test.each([
  ['main/loop/run.ts', true],
  ['main/engine/process/main.ts', true],
  ['main/launcher/run.js', false],
  ['main/desktop/menu.ts', false],
  ['renderer/app.tsx', false],
  ['test/loop/run.test.ts', false],
])('a change of %s restarts main: %s', (path, expected) => {
  expect(isOfMain(repositoryFile(path))).toBe(expected)
})

test('changes in quick succession restart main once', () => {
  vi.useFakeTimers()
  try {
    const watcher = Object.assign(new EventEmitter(), { add: vi.fn() })
    const changed = vi.fn()
    const changes = sourceChanges(watcher, changed)
    expect(watcher.add).toHaveBeenCalledWith(repositoryFile('main'))
    for (const path of ['main/loop/run.ts', 'main/loop/preferences/pair-rules.ts', 'renderer/app.tsx'])
      watcher.emit('all', 'change', repositoryFile(path))
    vi.runAllTimers()
    expect(changed).toHaveBeenCalledOnce()
    watcher.emit('all', 'change', repositoryFile('main/loop/run.ts'))
    changes.stop()
    vi.runAllTimers()
    expect(changed).toHaveBeenCalledOnce()
  } finally {
    vi.useRealTimers()
  }
})
