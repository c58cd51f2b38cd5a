import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/**
 * Who may talk to the server. Any page in the person's browser can send requests to 127.0.0.1, and any user of the machine can connect, so an
 * address alone proves nothing: the first visit brings a one-time token, later ones a cookie; and a request must be made to, and by a page
 * of, this very server (DNS rebinding, cross-site sockets).
 */
export interface Access {
  /** The token in the address that the person is given. Works once. */
  readonly token: string
  /** Whether Host (and Origin, where there is one) are this server's own. */
  isFromHere(request: IncomingMessage): boolean
  /** Exchanges the one-time token for the cookie's value; undefined where it is wrong or used. */
  exchange(token: string): string | undefined
  hasCookie(request: IncomingMessage): boolean
  readonly cookieName: string
}

export function accessControl(hosts: () => readonly string[], cookieName: string): Access {
  const token = randomBytes(24).toString('base64url')
  const secret = randomBytes(32).toString('base64url')
  let used = false
  return {
    token,
    cookieName,
    isFromHere({ headers }) {
      const known = hosts()
      if (headers.host === undefined || !known.includes(headers.host.toLowerCase())) return false
      return headers.origin === undefined || known.some((host) => headers.origin === `http://${host}`)
    },
    exchange(given) {
      if (used || !isSame(given, token)) return undefined
      used = true
      return secret
    },
    hasCookie: ({ headers }) => cookiesOf(headers.cookie).some(([name, value]) => name === cookieName && isSame(value, secret)),
  }
}

const cookiesOf = (header = ''): [string, string][] =>
  header.split(';').map((part) => {
    const at = part.indexOf('=')
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()]
  })

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
