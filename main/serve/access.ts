import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { homePaths } from '../common/home.ts'
import { links } from './links.ts'
import { sessionSeconds, sessions } from './sessions.ts'

/**
 * Access control of the server. Any page in the user's browser can send requests to 127.0.0.1, and any user of the machine can connect, so
 * reaching the address proves nothing. The first visit presents a one-time token, later ones a session cookie. Host and Origin must be this
 * server's own, against DNS rebinding and cross-site sockets.
 */
export interface Access {
  /** A new one-time token. */
  newToken(): string
  /** Whether Host (and Origin, if sent) are this server's own. */
  isFromHere(request: IncomingMessage): boolean
  /** Exchanges a one-time token for the value of a Set-Cookie header; undefined if the token is wrong, used, or expired. */
  exchange(token: string): string | undefined
  isSignedIn(request: IncomingMessage): boolean
}

/** Access control for the data folder `home`. Tokens and sessions are stored there, so they survive a restart. */
export function accessControl(home: string, hosts: () => readonly string[]): Access {
  const tokens = links(linksFolder(home))
  const open = sessions(homePaths(home).serve)
  const cookieName = `laurel-${createHash('sha256').update(home).digest('hex').slice(0, 12)}` // cookies ignore the port
  return {
    newToken: () => tokens.make(),
    isFromHere({ headers }) {
      const known = hosts()
      if (headers.host === undefined || !known.includes(headers.host.toLowerCase())) return false
      return headers.origin === undefined || known.some((host) => headers.origin === `http://${host}`)
    },
    exchange(token) {
      if (!tokens.use(token)) return undefined
      return `${cookieName}=${open.open()}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${sessionSeconds}`
    },
    isSignedIn: ({ headers }) => cookiesOf(headers.cookie).some(([name, value]) => name === cookieName && open.isOpen(value)),
  }
}

/** The folder of one-time links for the data folder `home`. */
export const linksFolder = (home: string): string => join(homePaths(home).serve, 'links')

const cookiesOf = (header = ''): [string, string][] =>
  header.split(';').map((part) => {
    const at = part.indexOf('=')
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()]
  })
