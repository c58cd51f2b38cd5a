import { describe, expect, test } from 'vitest'
import { engineSettings } from '../../main/shared/engine-settings.ts'

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
