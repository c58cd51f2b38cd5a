import type { Session } from 'electron'
import { beforeEach, describe, expect, test } from 'vitest'
import { denyPermissions } from '../../../main/desktop/security/permissions.ts'

/** What was set, by the setter's name. */
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

/** What a page that asks is told. */
const requested = (permission: string): unknown => {
  let told: unknown
  handlers.setPermissionRequestHandler(null, permission, (granted: boolean) => (told = granted))
  return told
}

describe.each(permissions)('%s', (permission) => {
  test('is denied when it is asked for', () => expect(requested(permission)).toBe(false))
  test('is not held when it is looked for', () => expect(handlers.setPermissionCheckHandler(null, permission, 'app://laurel')).toBe(false))
})

test('text that a person copies may be written to the clipboard, the one thing that is granted', () => {
  expect(requested('clipboard-sanitized-write')).toBe(true)
  expect(handlers.setPermissionCheckHandler(null, 'clipboard-sanitized-write', 'app://laurel')).toBe(true)
})

test('no device, no pairing, no screen', () => {
  expect(handlers.setDevicePermissionHandler({ deviceType: 'usb' })).toBe(false)
  handlers.setBluetoothPairingHandler({}, (answer: unknown) => expect(answer).toEqual({ confirmed: false }))
  handlers.setDisplayMediaRequestHandler({}, (streams: unknown) => expect(streams).toBeNull())
  expect.assertions(3)
})
