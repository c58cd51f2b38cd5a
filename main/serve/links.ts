import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How long an unused link lets somebody in, milliseconds. */
const linkLife = 24 * 60 * 60 * 1000

/**
 * One-time links. A link is a token whose hash is the name of a file in the data folder: whoever can write there (this user) can make one, in
 * any process, and the server that is shown the token removes the file. The file doesn't hold the token itself.
 */
export interface Links {
  /** A new token. */
  make(): string
  /** Whether the token was good; it isn't any longer. */
  use(token: string): boolean
}

/** Links that are kept in `folder`. */
export function links(folder: string, now: () => number = Date.now): Links {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return {
    make() {
      removeExpired(folder, now())
      const token = randomBytes(24).toString('base64url')
      writeFileSync(fileOf(folder, token), '', { mode: 0o600 })
      return token
    },
    use(token) {
      const file = fileOf(folder, token)
      if (isExpired(file, now())) return false
      try {
        rmSync(file) // of two that show the same token, one finds the file
        return true
      } catch {
        return false
      }
    },
  }
}

const fileOf = (folder: string, token: string): string => join(folder, createHash('sha256').update(token).digest('hex'))

function isExpired(file: string, now: number): boolean {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats === undefined || Math.abs(now - stats.mtimeMs) > linkLife // far in the future: the clock was turned back
}

function removeExpired(folder: string, now: number): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    if (isExpired(file, now)) rmSync(file, { force: true })
  }
}
