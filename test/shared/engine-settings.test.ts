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
