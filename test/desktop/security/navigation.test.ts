import { EventEmitter } from 'node:events'
import type { WebContents } from 'electron'
import { beforeEach, describe, expect, test } from 'vitest'
import { confineNavigation, isAppAddress } from '../../../main/desktop/security.ts'

class FakeContents extends EventEmitter {
  open: (details: { url: string }) => { action: string } = () => ({ action: 'allow' })
  setWindowOpenHandler(handler: typeof this.open): void {
    this.open = handler
  }
}

const outside = [
  'https://evil.example/',
  'http://laurel/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/html,x',
  'about:blank',
  'app://laurel.evil.example/',
  'app://evil@laurel/',
  'app://laurel:1/',
  'app:laurel',
  'APPS://laurel/',
  'not an address',
  '',
]

let contents: FakeContents
let openedOutside: string[]
beforeEach(() => {
  contents = new FakeContents()
  openedOutside = []
  confineNavigation(contents as unknown as WebContents, (address) => openedOutside.push(address))
})

/** Whether the navigation was prevented. */
function wasKept(event: string, url: string): boolean {
  let prevented = false
  contents.emit(event, { url, preventDefault: () => (prevented = true) })
  return prevented
}

describe.each(['will-navigate', 'will-redirect', 'will-frame-navigate'])('%s', (event) => {
  test.each(outside)('to %s is prevented', (url) => {
    expect(wasKept(event, url)).toBe(true)
  })

  test('within the application is allowed', () => {
    expect(wasKept(event, 'app://laurel/runs/abc?x#y')).toBe(false)
  })
})

test('a prevented navigation doesn’t open the address in the browser', () => {
  wasKept('will-navigate', 'https://arxiv.org/')
  expect(openedOutside).toEqual([])
})

test('no window is ever opened, not even for our own address; the address is passed on', () => {
  for (const url of ['app://laurel/', 'https://evil.example/']) expect(contents.open({ url })).toEqual({ action: 'deny' })
  expect(openedOutside).toEqual(['app://laurel/', 'https://evil.example/'])
})

test('no web view is ever attached', () => {
  let prevented = false
  contents.emit('will-attach-webview', { preventDefault: () => (prevented = true) })
  expect(prevented).toBe(true)
})

test.each(outside)('%s isn’t an address of the application', (url) => {
  expect(isAppAddress(url)).toBe(false)
})
