import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { homePaths } from '../common/home.ts'
import { links } from './links.ts'
import { sessionSeconds, sessions } from './sessions.ts'

/**
 * Who may talk to the server. Any page in the user's browser can send requests to 127.0.0.1, and any user of the machine can connect, so an
 * address alone proves nothing: the first visit brings a one-time token, later ones a session's cookie; and a request must be made to, and by a
 * page of, this very server (DNS rebinding, cross-site sockets).
 */
export interface Access {
  /** A new one-time token. */
  newToken(): string
  /** Whether Host (and Origin, where there is one) are this server's own. */
  isFromHere(request: IncomingMessage): boolean
  /** Exchanges a one-time token for a cookie (the header's value); undefined where it is wrong, used or too old. */
  exchange(token: string): string | undefined
  isSignedIn(request: IncomingMessage): boolean
}

/** Access to what is served from the data folder `home`. Tokens and sessions are the folder's, so they outlive a restart. */
export function accessControl(home: string, hosts: () => readonly string[]): Access {
  const tokens = links(linksFolder(home))
  const open = sessions(homePaths(home).serve)
  const cookieName = `laurel-${createHash('sha256').update(home).digest('hex').slice(0, 12)}` // cookies don't tell ports apart
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

/** Where one-time links to what is served from `home` lie. */
export const linksFolder = (home: string): string => join(homePaths(home).serve, 'links')

const cookiesOf = (header = ''): [string, string][] =>
  header.split(';').map((part) => {
    const at = part.indexOf('=')
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()]
  })
