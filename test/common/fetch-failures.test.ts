import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { askedPauseMs, causeOf, certificateRemedy } from '../../main/common/fetch-failures.ts'

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z') }))
afterEach(() => void vi.useRealTimers())

test.each([
  ['20', 20_000],
  [' 1.5 ', 1500],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0], // has passed
  ['soon', null],
  ['1.2.3', null],
])('a server that asks for the pause %j gets %j milliseconds', (asked, pause) => {
  expect(askedPauseMs(new Headers({ 'retry-after': asked }))).toBe(pause)
})

test('a server that asks for no pause, or gave no answer, gets none', () => {
  expect(askedPauseMs(new Headers())).toBeNull()
  expect(askedPauseMs(undefined)).toBeNull()
})

test('the cause of a failed request is the innermost error, by its message or else its name', () => {
  const refused = new Error('connect ECONNREFUSED 127.0.0.1:9')
  expect(causeOf(new TypeError('fetch failed', { cause: refused }))).toBe(refused.message)
  expect(causeOf(new Error('outer', { cause: new Error('between', { cause: refused }) }))).toBe(refused.message)
  const hint = '; if the root CA is installed locally, try running Node.js with --use-system-ca'
  expect(causeOf(new Error(`self-signed certificate${hint}`))).toBe('self-signed certificate')
  expect(causeOf(new RangeError(''))).toBe('RangeError')
  expect(causeOf('a text')).toBe('a text')
})

const failed = (code: string): Error => new TypeError('fetch failed', { cause: Object.assign(new Error('inner'), { code }) })

test.each([
  ['CERT_HAS_EXPIRED', /clock/],
  ['CERT_NOT_YET_VALID', /clock/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /a name that the certificate is for/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /Add the certificate of its authority/],
  ['SELF_SIGNED_CERT_IN_CHAIN', /Add the certificate of its authority/],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /Add the certificate of its authority/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /Add the certificate of its authority/],
  ['CERT_SIGNATURE_FAILURE', /Add the certificate of its authority/],
])('a certificate that is refused with %s has a remedy', (code, remedy) => {
  expect(certificateRemedy(failed(code))).toMatch(remedy)
})

test.each(['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_CONNECT_TIMEOUT', 'UNABLE_TO_CONNECT'])('%s says nothing about a certificate', (code) => {
  expect(certificateRemedy(failed(code))).toBeNull()
  expect(certificateRemedy(new Error('none'))).toBeNull()
})
