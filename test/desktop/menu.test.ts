import { readFileSync } from 'node:fs'
import type { MenuItemConstructorOptions } from 'electron'
import { beforeEach, expect, test } from 'vitest'
import { type MenuState, menuPlaces, menuTemplate } from '../../main/desktop/menu.ts'
import type { WindowCommand } from '../../main/shared/contract/system-contract.ts'
import { repositoryFile } from '../support/shared.ts'

let sent: WindowCommand[]
beforeEach(() => {
  sent = []
})

const menu = (state: Partial<MenuState> = {}): MenuItemConstructorOptions[] =>
  menuTemplate(
    { isMac: false, scheme: 'auto', run: { start: true, pause: false, stop: false }, ...state },
    { send: (command) => sent.push(command), openLogs: () => {}, openPaper: () => {} },
  )

const allItems = (items: MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
  items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? allItems(item.submenu) : [])])
const item = (label: string, state: Partial<MenuState> = {}): MenuItemConstructorOptions =>
  allItems(menu(state)).find((one) => one.label === label)!
const click = (label: string): void => (item(label).click as () => void)()

test('the View menu lists the window’s sections in the same order', () => {
  const source = readFileSync(repositoryFile('renderer/components/places.ts'), 'utf8')
  const shown = [...source.matchAll(/path: '([^']+)', name: '([^']+)', icon:/g)].map(([, path, name]) => [name, path])
  expect(menuPlaces).toEqual(shown)
  expect(menuPlaces.map(([label]) => item(label).accelerator)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `CmdOrCtrl+${n}`))
})

test('commands for the page are sent to it', () => {
  click('New run')
  click('Review')
  click('Dark')
  click('Pause')
  expect(sent).toEqual([
    { command: 'go', path: '/runs/new' },
    { command: 'go', path: '/review' },
    { command: 'scheme', scheme: 'dark' },
    { command: 'run', action: 'pause' },
  ])
})

test('unavailable actions on the run in view are disabled', () => {
  expect(['Start or resume', 'Pause', 'Stop and keep'].map((label) => item(label).enabled)).toEqual([true, false, false])
  const run = { start: false, pause: true, stop: true }
  expect(['Start or resume', 'Pause', 'Stop and keep'].map((label) => item(label, { run }).enabled)).toEqual([false, true, true])
})

test('no two items share a shortcut, and the Edit menu provides copy and paste', () => {
  const keys = allItems(menu()).flatMap(({ accelerator }) => (accelerator === undefined ? [] : [accelerator]))
  expect(new Set(keys).size).toBe(keys.length)
  expect(menu().some(({ role }) => role === 'editMenu')).toBe(true)
})

test('every item does something', () => {
  for (const { role, click: act, submenu, type, label } of allItems(menu())) {
    expect(role ?? act ?? submenu ?? (type === 'separator' || undefined), label).toBeDefined()
  }
})

test('Quit is in the menu where each platform expects it', () => {
  expect(menu({ isMac: true })[0]).toEqual({ role: 'appMenu' })
  expect(allItems(menu({ isMac: true })).some(({ role }) => role === 'quit')).toBe(false)
  expect(allItems(menu()).some(({ role }) => role === 'quit')).toBe(true)
})
