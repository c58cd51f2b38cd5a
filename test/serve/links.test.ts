import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
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
    expect(links(folder).use(token)).toBe(true)
    expect(links(folder).use(token)).toBe(false)
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
    expect(later.use(token)).toBe(false)
    expect(readdirSync(folder)).toHaveLength(1)
    later.make()
    expect(readdirSync(folder)).toHaveLength(1)
  })

  test.each(['', '..', '../session-key', '\0', 'x'.repeat(10_000)])('%j isn’t a token', (given) => {
    expect(links(folder).use(given)).toBe(false)
  })
})

describe('sessions', () => {
  test('a session survives the server that opened it', () => {
    const cookie = sessions(folder).open()
    expect(sessions(folder).isOpen(cookie)).toBe(true)
  })

  test('a session expires', () => {
    const cookie = sessions(folder).open()
    const at = (seconds: number) => sessions(folder, () => Date.now() + seconds * 1000)
    expect(at(sessionSeconds - 60).isOpen(cookie)).toBe(true)
    expect(at(sessionSeconds + 60).isOpen(cookie)).toBe(false)
  })

  test('ending all sessions takes effect on a running server', () => {
    const running = sessions(folder)
    const cookie = running.open()
    endSessions(folder)
    expect(running.isOpen(cookie)).toBe(false)
    expect(running.isOpen(running.open())).toBe(true)
  })

  test.each(['', '.', '..', 'a.1.b', 'a.99999999999.', 'a.b.c.d', '__proto__'])('%j isn’t a session', (cookie) => {
    expect(sessions(folder).isOpen(cookie)).toBe(false)
  })
})
