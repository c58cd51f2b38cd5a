import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How long a browser stays signed in, seconds. */
export const sessionSeconds = 30 * 24 * 60 * 60

/**
 * Signed-in browsers. A session is a cookie that carries its expiry and an HMAC-SHA256 signature, so the server keeps no list. The key is
 * stored in the data folder, so that sessions survive a restart; a new key ends all of them.
 */
interface Sessions {
  /** The value of a new session's cookie. */
  open(rights?: Rights): string
  /** What the session may do; null: it isn't valid. */
  rightsOf(cookie: string): Rights | null
}

/** What a signed-in browser may do: everything, or only look. */
export type Rights = 'all' | 'read'

/** In the cookie of a session that may only look. */
const readMark = 'read'

const keyBytes = 32

/** Sessions signed with the key in `folder`, which is created if missing. */
export function sessions(folder: string, now: () => number = Date.now): Sessions {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const key = (): Buffer => readKey(folder) ?? makeKey(folder) // read each time: `laurel link --sign-out` replaces it
  const signed = (session: string): Buffer => createHmac('sha256', key()).update(session).digest()
  return {
    open(rights = 'all') {
      const end = Math.floor(now() / 1000) + sessionSeconds
      const session = [randomBytes(9).toString('base64url'), end, ...(rights === 'read' ? [readMark] : [])].join('.')
      return `${session}.${signed(session).toString('base64url')}`
    },
    rightsOf(cookie) {
      const parts = cookie.split('.')
      const isMarked = parts.length === 4 && parts[2] === readMark
      if ((parts.length !== 3 && !isMarked) || !/^\d{1,12}$/.test(parts[1])) return null
      const given = Buffer.from(parts.at(-1) ?? '', 'base64url')
      const expected = signed(parts.slice(0, -1).join('.')) // the mark is signed, too
      const isValid = given.length === expected.length && timingSafeEqual(given, expected) && Number(parts[1]) * 1000 > now()
      return isValid ? (isMarked ? 'read' : 'all') : null
    },
  }
}

/** Ends every session by deleting the key that signed their cookies. */
export function endSessions(folder: string): void {
  rmSync(keyFile(folder), { force: true })
}

const keyFile = (folder: string): string => join(folder, 'session-key')

function readKey(folder: string): Buffer | undefined {
  try {
    const key = readFileSync(keyFile(folder))
    return key.length === keyBytes ? key : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Two servers that start at the same time must end up with one key: the first link wins. */
function makeKey(folder: string): Buffer {
  const own = join(folder, `session-key.${process.pid}.${randomBytes(4).toString('hex')}`)
  writeFileSync(own, randomBytes(keyBytes), { mode: 0o600, flush: true })
  try {
    if (readKey(folder) === undefined) rmSync(keyFile(folder), { force: true }) // damaged
    linkSync(own, keyFile(folder))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(own, { force: true })
  }
  return readFileSync(keyFile(folder))
}
