import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { links } from '../../main/serve/links.ts'
import { endSessions, sessionSeconds, sessions } from '../../main/serve/sessions.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-links-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('one-time links', () => {
  test('a link made by one process is valid once in another', () => {
    const token = links(folder).make()
    expect(links(folder).use(token)).toBe('all')
    expect(links(folder).use(token)).toBeNull()
  })

  test('a read-only link gives no more than that, nor does one whose file says something unknown', () => {
    const token = links(folder).make('read')
    expect(links(folder).use(token)).toBe('read')
    const other = links(folder).make('read')
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), 'everything')
    expect(links(folder).use(other)).toBe('read')
  })

  test('a link of an earlier version, whose file is empty, still signs in', () => {
    const token = links(folder).make()
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '')
    expect(links(folder).use(token)).toBe('all')
  })

  test('the files don’t reveal the token', () => {
    const token = links(folder).make()
    const kept = readdirSync(folder).map((name) => name + readFileSync(join(folder, name), 'utf8'))
    expect(kept).toHaveLength(1)
    expect(kept[0]).not.toContain(token)
  })

  test('a link that isn’t used within a day expires and is removed', () => {
    const token = links(folder).make()
    const later = links(folder, () => Date.now() + 25 * 60 * 60 * 1000)
    expect(later.use(token)).toBeNull()
    expect(readdirSync(folder)).toHaveLength(1)
    later.make()
    expect(readdirSync(folder)).toHaveLength(1)
  })

  test.each(['', '..', '../session-key', '\0', 'x'.repeat(10_000)])('%j isn’t a token', (given) => {
    expect(links(folder).use(given)).toBeNull()
  })
})

describe('sessions', () => {
  test('a session survives the server that opened it', () => {
    const cookie = sessions(folder).open()
    expect(sessions(folder).rightsOf(cookie)).toBe('all')
  })

  test('a read-only session stays one, however its cookie is changed', () => {
    const cookie = sessions(folder).open('read')
    expect(sessions(folder).rightsOf(cookie)).toBe('read')
    const [id, end, mark, signature] = cookie.split('.')
    const full = sessions(folder).open('all').split('.')
    for (const forged of [
      [id, end, signature],
      [id, end, 'all', signature],
      [id, end, mark, full[2]],
      [full[0], full[1], mark, full[2]],
      [id, end, '', signature],
    ])
      expect(sessions(folder).rightsOf(forged.join('.')), forged.join('.')).toBeNull()
  })

  test('a session expires', () => {
    const cookie = sessions(folder).open()
    const at = (seconds: number) => sessions(folder, () => Date.now() + seconds * 1000)
    expect(at(sessionSeconds - 60).rightsOf(cookie)).toBe('all')
    expect(at(sessionSeconds + 60).rightsOf(cookie)).toBeNull()
  })

  test('ending all sessions takes effect on a running server', () => {
    const running = sessions(folder)
    const cookie = running.open()
    endSessions(folder)
    expect(running.rightsOf(cookie)).toBeNull()
    expect(running.rightsOf(running.open())).toBe('all')
  })

  test.each(['', '.', '..', 'a.1.b', 'a.99999999999.', 'a.b.c.d', '__proto__'])('%j isn’t a session', (cookie) => {
    expect(sessions(folder).rightsOf(cookie)).toBeNull()
  })
})
