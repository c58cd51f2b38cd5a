import type { IpcMainEvent } from 'electron'
import { expect, test } from 'vitest'
import { isOwnPage } from '../../../main/desktop/security.ts'

interface Frame {
  readonly url: string
  readonly parent: Frame | null
}
const main: Frame = { url: 'app://laurel/runs', parent: null }

const message = (frame: Frame | null, { mainFrame = main, id = 1 } = {}): IpcMainEvent =>
  ({ senderFrame: frame, sender: { id, mainFrame } }) as unknown as IpcMainEvent

const ours = new Set([1])

test('the page of our window is accepted', () => {
  expect(isOwnPage(message(main), ours)).toBe(true)
})

test('other web contents are rejected, whatever they show', () => {
  expect(isOwnPage(message(main, { id: 2 }), ours)).toBe(false)
})

test('a frame inside the page is rejected, even from our own origin', () => {
  expect(isOwnPage(message({ url: 'app://laurel/', parent: main }), ours)).toBe(false)
  expect(isOwnPage(message({ url: 'app://laurel/', parent: null }), ours)).toBe(false) // not the page's main frame
})

test('a page of another origin is rejected, even in our window', () => {
  for (const url of ['https://evil.example/', 'app://other/', 'file:///tmp/x.html', '']) {
    const frame = { url, parent: null }
    expect(isOwnPage(message(frame, { mainFrame: frame }), ours)).toBe(false)
  }
})

test('a closed frame is rejected', () => {
  expect(isOwnPage(message(null), ours)).toBe(false)
})
