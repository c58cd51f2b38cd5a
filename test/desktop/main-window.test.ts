import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { homePaths } from '../../main/common/home.ts'
import { complaintsOf, untilTrue } from '../support/chromium.ts'
import { browser, type Need, needing } from '../support/needs.ts'
import { createTextRuns } from '../support/text-run.ts'
import { openTinyStore } from '../support/tiny-run.ts'
import type { Desk } from './desk.ts'
import { realDesk, realElectron } from './real-electron.ts'
import { standIn, startMain } from './stand-in/stood-in.ts'

const minute = 60_000

/** Hosts of the built main and preload: the stand-in, and Electron itself if available. */
const places: readonly (readonly [string, Need, (home: string) => Promise<Desk>])[] = [
  ['the stand-in for Electron', browser, standIn],
  ['real Electron', realElectron, realDesk],
]

describe.each(places)('the desktop application on %s', { timeout: minute }, (_name, need, open) => {
  const home = mkdtempSync(join(tmpdir(), 'laurel-desk-'))
  let desk: Desk
  let short: string
  let long: string
  let complaints: string[]

  beforeAll(async () => {
    if (!need.isMet) return
    ;[short, long] = createTextRuns(home, [
      { name: 'short', prompts: 4 },
      { name: 'long', prompts: 400 },
    ])
    desk = await open(home)
    complaints = complaintsOf(desk.page)
  }, minute)

  afterAll(async () => {
    await desk?.end()
    rmSync(home, { recursive: true, force: true })
  })

  /** Navigates like a link in the page. */
  const goTo = (path: string): Promise<void> => desk.page.evaluate(`history.pushState(null, '', '${path}')`)

  const statusOf = (id: string): string => {
    const store = openTinyStore(home)
    const { status } = store.runs.resolve(id)
    store.close()
    return status
  }

  needing(need).test('opens its window and lists the runs over the port', async () => {
    await desk.page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
    await desk.page.getByText('short').first().waitFor()
    expect(await desk.page.evaluate('Object.keys(window.laurel)')).toEqual(['connect'])
  })

  needing(need).test('shows a run with an engine in a utility process outside the page, from start to end', async () => {
    await goTo(`/runs/${short}`)
    await desk.page.getByRole('button', { name: 'Start' }).waitFor()
    await desk.tell({ do: 'choose', path: ['Run', 'Start or resume'] })
    await desk.seen('powerSaveBlocker.start', (type) => type === 'prevent-app-suspension')
    await desk.seen('window.setProgressBar', (share) => typeof share === 'number' && share > 0 && share <= 1)
    await desk.seen('Notification', (notice) => (notice as { title: string }).title === 'Run finished')
    await desk.seen('window.setProgressBar', (share) => share === -1)
    await desk.seen('powerSaveBlocker.stop')
    expect(statusOf(short)).toBe('finished')
  })

  needing(need).test('handles commands of the native menu and notifications in its page', async () => {
    await desk.tell({ do: 'choose', path: ['View', 'Data'] })
    await desk.page.waitForURL('**/data')
    await desk.tell({ do: 'choose', path: ['View', 'Color scheme', 'Dark'] })
    await desk.page.locator('[data-mantine-color-scheme="dark"]').waitFor()
    await desk.tell({ do: 'click-notification' })
    await desk.page.waitForURL(`**/runs/${short}`)
  })

  needing(need).test('keeps its page on the application’s origin', async () => {
    const before = desk.page.url()
    await desk.page.evaluate('void window.open("https://example.com/")')
    await desk.page.evaluate('void setTimeout(() => location.assign("https://example.com/"))')
    await desk.left('https://example.com/')
    await desk.page.getByRole('heading', { name: 'short', exact: true }).waitFor()
    expect(desk.page.url()).toBe(before)
    await expect.poll(() => desk.page.context().pages().length).toBe(1) // a refused window is closed a moment later
  })

  needing(need).test('reloads its page after a crash, with a new port, and loses nothing', async () => {
    const complained = complaints.length
    await desk.page.evaluate('window.isOld = true')
    await desk.tell({ do: 'crash-page' })
    await untilTrue(desk.page, 'window.isOld === undefined') // until then, the old page is shown
    await desk.page.getByText('short').first().waitFor()
    await goTo(`/runs/${long}`)
    await desk.page.getByRole('heading', { name: 'long', exact: true }).waitFor()
    expect(complaints.slice(complained)).toEqual([])
  })

  needing(need).test(
    'asks before quitting while a run is active, continues in the background, shows its window again, and pauses the run',
    async () => {
      await desk.page.getByRole('button', { name: 'Start' }).click()
      await desk.page.getByRole('button', { name: 'Pause' }).waitFor()
      await desk.tell({ do: 'quit' })
      const question = (await desk.seen('dialog.showMessageBox')) as { message: string; buttons: string[] }
      expect(question.message).toContain('long')
      expect(question.buttons).toEqual(['Pause and quit', 'Keep running in the background', 'Cancel'])
      await desk.tell({ do: 'answer', button: 1 })
      await desk.seen('window.hide')
      const shown = desk.of('window.show').length
      await desk.tell({ do: 'emit', of: 'app', event: 'second-instance' })
      await expect.poll(() => desk.seen('window.show').then(() => desk.of('window.show').length)).toBeGreaterThan(shown)
      expect(statusOf(long)).toBe('running')
      await desk.tell({ do: 'quit' })
      await desk.tell({ do: 'answer', button: 0 })
      expect(await desk.ended).toBe(0)
      expect(statusOf(long)).toBe('paused')
    },
  )
})

needing(browser).describe('before the window opens', { timeout: minute }, () => {
  const home = mkdtempSync(join(tmpdir(), 'laurel-desk-'))
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  test('a second instance prints a message, opens nothing, and exits', async () => {
    const main = startMain(home, { LAUREL_STAND_IN_SECOND: '1' })
    expect(await main.ended).toBe(0)
    expect(main.said()).toContain('Laurel is already open')
    expect(existsSync(homePaths(home).database)).toBe(false)
  })

  test('an unusable data folder is reported in a dialog with a remedy', async () => {
    writeFileSync(homePaths(home).database, 'not a database, '.repeat(100))
    const main = startMain(home)
    expect(await main.ended).toBe(1)
    const [{ content }] = main.of('dialog.showErrorBox') as { content: string }[]
    expect(content.trim().split('\n\n')).toHaveLength(2)
    expect(main.of('BrowserWindow')).toEqual([])

    // Everything that must precede Electron's ready event did.
    const calls = main.recorded.map(({ call }) => call)
    expect(calls.slice(0, calls.indexOf('ready'))).toEqual([
      'app.setName',
      'app.setPath',
      'app.requestSingleInstanceLock',
      'app.enableSandbox',
      'protocol.registerSchemesAsPrivileged',
    ])
    expect(main.of('app.setPath')).toEqual([['userData', join(home, 'window')]])
  })
})
