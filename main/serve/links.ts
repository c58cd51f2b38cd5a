import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Rights } from './sessions.ts'

/** How long an unused link is valid, milliseconds. */
const linkLife = 24 * 60 * 60 * 1000

/**
 * One-time sign-in links. The hash of a link's token is the name of a file in the data folder. Any process that can write there (that is, of
 * this user) can create a link, and the server removes the file when the token is used. The file doesn't hold the token.
 */
export interface Links {
  /** A new token, with these rights. */
  make(rights?: Rights): string
  /** The rights that the token gives; null: it isn't valid. Using a token invalidates it. */
  use(token: string): Rights | null
}

/** Links stored in `folder`. */
export function links(folder: string, now: () => number = Date.now): Links {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return {
    make(rights = 'all') {
      removeExpired(folder, now())
      const token = randomBytes(24).toString('base64url')
      writeFileSync(fileOf(folder, token), rights, { mode: 0o600 })
      return token
    },
    use(token) {
      const file = fileOf(folder, token)
      if (isExpired(file, now())) return null
      try {
        const rights = rightsIn(readFileSync(file, 'utf8'))
        rmSync(file) // of two requests with the same token, only one finds the file
        return rights
      } catch {
        return null
      }
    },
  }
}

/** A file of an earlier version is empty. Anything unknown gives the fewest rights. */
const rightsIn = (text: string): Rights => (text === '' || text === 'all' ? 'all' : 'read')

const fileOf = (folder: string, token: string): string => join(folder, createHash('sha256').update(token).digest('hex'))

function isExpired(file: string, now: number): boolean {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats === undefined || Math.abs(now - stats.mtimeMs) > linkLife // far in the future: the clock was set back
}

function removeExpired(folder: string, now: number): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    if (isExpired(file, now)) rmSync(file, { force: true })
  }
}
