import { describe, expect, test } from 'vitest'
import { engineSettings, isSamePlace } from '../../main/shared/engine-settings.ts'

const problemsOf = (address: string): readonly string[] =>
  engineSettings
    .safeParse({ kind: 'openai', address, model: 'm' })
    .error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? []

describe("an engine's address", () => {
  test.each(['http://localhost:8000/v1', 'https://api.example.com/v1', 'http://[::1]:11434/v1'])('%s can be used', (address) => {
    expect(problemsOf(address)).toEqual([])
  })

  test.each(['', 'workstation', 'ftp://workstation/v1', 'http://'])('%j is one problem, not an exception', (address) => {
    expect(problemsOf(address)).toEqual(['address must be an address that starts with https:// or http://'])
  })

  test.each(['http://user:secret@host/v1', 'http://host/v1?api-key=secret', 'http://host/v1#secret'])(
    '%s would show a secret',
    (address) => {
      expect(problemsOf(address)).toEqual(['address must not contain a user, a password, or parameters: set a key instead'])
    },
  )
})

const problemsOfCluster = (place: object): readonly string[] =>
  engineSettings
    .safeParse({ kind: 'ray', address: 'http://head:8265', storage: '/laurel', ...place })
    .error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? []

describe("a cluster's storage", () => {
  test.each([
    '/mnt/laurel',
    'C:\\laurel',
    '/mnt/a:b@c?d#e',
    's3://bucket/laurel',
    'sftp://user@host/laurel',
    'abfs://container@account.dfs.core.windows.net/laurel', // Azure's form
  ])('%s can be used', (storage) => {
    expect(problemsOfCluster({ storage })).toEqual([])
  })

  test.each([
    'sftp://user:secret@host/laurel',
    's3://id:sec/ret@bucket/laurel',
    'simplecache::sftp://user:secret@host/laurel',
    'https://account.blob.core.windows.net/laurel?sig=secret',
    'https://host/laurel#secret',
  ])('%s would show a secret', (url) => {
    const problem = "must not contain a password or parameters: set them on the cluster's nodes"
    expect(problemsOfCluster({ storage: url })).toEqual([`storage ${problem}`])
    expect(problemsOfCluster({ folder: url })).toEqual([`folder ${problem}`])
  })
})

describe('extra fields of requests', () => {
  const problemOf = (extra: unknown): string | undefined =>
    engineSettings
      .safeParse({ kind: 'openai', address: 'http://host/v1', model: 'm', extra })
      .error?.issues.map(({ message }) => message)
      .join('; ')

  test.each([undefined, {}, { reasoning_effort: 'low' }, { chat_template_kwargs: { enable_thinking: false }, thinking_token_budget: 64 }])(
    '%j can be sent',
    (extra) => expect(problemOf(extra)).toBeUndefined(),
  )

  test.each(['{"reasoning_effort"', null, [1], 3])('%j is no object', (extra) => {
    expect(problemOf(extra)).toBe('must be a JSON object, such as {"reasoning_effort": "low"}')
  })

  test('what Laurel sets itself is one problem that names all of it', () => {
    expect(problemOf({ temperature: 1, reasoning_effort: 'low', max_tokens: 9 })).toBe(
      'must not set max_tokens, temperature, which Laurel sets itself',
    )
  })

  test.each([{ api_key: 'x' }, { headers: { Authorization: 'Bearer x' } }, { list: [{ access_token: 'x' }] }, { 'x-password': 'x' }])(
    '%j would show a secret',
    (extra) => expect(problemOf(extra)).toMatch(/^must not contain a secret \(.+\), because it is shown and exported: set a key instead$/),
  )

  test('a test holds for the same extra fields alone', () => {
    const of = (extra: object) => engineSettings.parse({ kind: 'openai', address: 'http://host/v1', model: 'm', extra })
    expect(isSamePlace(of({}), of({}))).toBe(true)
    expect(isSamePlace(of({}), of({ reasoning_effort: 'low' }))).toBe(false)
  })
})
