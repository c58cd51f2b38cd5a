import { expect, test } from 'vitest'
import { addressOf, isOpenToOthers, knownHosts } from '../../main/serve/access.ts'

const own = () => ['Workstation', '192.168.1.5', 'fe80::1']

test('a server on one address accepts that address, loopback names, and additional names', () => {
  expect(knownHosts('10.0.0.7', ['lab.example'], 7160, own)).toEqual([
    '127.0.0.1:7160',
    'localhost:7160',
    '[::1]:7160',
    '10.0.0.7:7160',
    'lab.example:7160',
  ])
})

test.each(['0.0.0.0', '::'])('a server on every interface (%s) accepts the machine’s own addresses and name', (host) => {
  const known = knownHosts(host, [], 7160, own)
  expect(known).toEqual(expect.arrayContaining(['workstation:7160', '192.168.1.5:7160', '[fe80::1]:7160']))
  expect(known).not.toContain(`${host}:7160`)
})

test('only loopback addresses are closed to other machines', () => {
  expect(['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::', '192.168.1.5', ''].map(isOpenToOthers)).toEqual([
    ...[false, false, false],
    ...[true, true, true, true],
  ])
})

test('the printed address can be opened', () => {
  expect(addressOf('0.0.0.0', 1)).toBe('http://127.0.0.1:1')
  expect(addressOf('::1', 1)).toBe('http://[::1]:1')
  expect(addressOf('lab.example', 1)).toBe('http://lab.example:1')
})
