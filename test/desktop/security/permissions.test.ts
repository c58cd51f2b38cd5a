import type { Session } from 'electron'
import { beforeEach, describe, expect, test } from 'vitest'
import { denyPermissions } from '../../../main/desktop/security.ts'

/** The handlers that were set, by setter name. */
let handlers: Record<string, (...args: unknown[]) => unknown>
beforeEach(() => {
  handlers = {}
  const session = new Proxy({} as Session, { get: (_target, name: string) => (handler: () => unknown) => (handlers[name] = handler) })
  denyPermissions(session)
})

const permissions = [
  'media',
  'geolocation',
  'notifications',
  'midiSysex',
  'fullscreen',
  'openExternal',
  'clipboard-read',
  'fileSystem',
  'hid',
  'usb',
  'unknown',
]

/** The answer to a page's permission request. */
const requested = (permission: string): unknown => {
  let told: unknown
  handlers.setPermissionRequestHandler(null, permission, (granted: boolean) => (told = granted))
  return told
}

describe.each(permissions)('%s', (permission) => {
  test('is denied on request', () => expect(requested(permission)).toBe(false))
  test('is denied on check', () => expect(handlers.setPermissionCheckHandler(null, permission, 'app://laurel')).toBe(false))
})

test('the only granted permission is writing copied text to the clipboard', () => {
  expect(requested('clipboard-sanitized-write')).toBe(true)
  expect(handlers.setPermissionCheckHandler(null, 'clipboard-sanitized-write', 'app://laurel')).toBe(true)
})

test('devices, pairing, and screen capture are denied', () => {
  expect(handlers.setDevicePermissionHandler({ deviceType: 'usb' })).toBe(false)
  handlers.setBluetoothPairingHandler({}, (answer: unknown) => expect(answer).toEqual({ confirmed: false }))
  handlers.setDisplayMediaRequestHandler({}, (streams: unknown) => expect(streams).toBeNull())
  expect.assertions(3)
})
