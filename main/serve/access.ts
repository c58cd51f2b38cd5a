import { createHash } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import { isIPv6, type Socket } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { homePaths } from '../common/home.ts'
import { links } from './links.ts'
import { type Rights, sessionSeconds, sessions } from './sessions.ts'

const everyInterface = new Set(['0.0.0.0', '::'])

/** Whether other machines can reach a server that listens on this host. */
export const isOpenToOthers = (host: string): boolean => !['127.0.0.1', '::1', 'localhost'].includes(host)

/**
 * Accepted values of the Host header. They guard against DNS rebinding: a foreign page whose name resolves to this server sends another
 * Host. A server that listens on every interface also accepts the machine's own addresses and name.
 */
export function knownHosts(host: string, names: readonly string[], port: number, own: () => readonly string[] = ownNames): string[] {
  const all = ['127.0.0.1', 'localhost', '::1', ...(everyInterface.has(host) ? own() : [host]), ...names]
  return [...new Set(all.map((name) => `${bracketed(name.toLowerCase())}:${port}`))]
}

const bracketed = (name: string): string => (isIPv6(name) ? `[${name}]` : name)

const ownNames = (): string[] => [
  hostname(),
  ...Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address)),
]

/** The address for the user's browser. */
export const addressOf = (host: string, port: number): string =>
  `http://${everyInterface.has(host) ? '127.0.0.1' : bracketed(host)}:${port}`

/** The address that signs a browser in with a one-time token. */
export const linkTo = (address: string, token: string): string => `${address}/?token=${token}`

/** Maximum number of open connections without a session. A browser that signs in briefly needs a handful. */
const mostStrangers = 64

/**
 * Keeps room for signed-in users, since any user of the machine can open idle connections. Limits connections without a session by closing the
 * oldest, so that a new one, which may be the user's own, always gets through.
 */
export function limitStrangers(server: Server, most = mostStrangers): { admit(socket: Socket): void } {
  const strangers = new Set<Socket>() // oldest first
  server.on('connection', (socket) => {
    strangers.add(socket)
    socket.once('close', () => strangers.delete(socket))
    if (strangers.size > most) oldest(strangers)?.destroy()
  })
  return { admit: (socket) => void strangers.delete(socket) }
}

const oldest = (sockets: Set<Socket>): Socket | undefined => sockets.values().next().value

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
  /**
   * Exchanges a one-time token for the value of a Set-Cookie header; undefined if the token is wrong, used, or expired. A browser that may do
   * everything still may after a read-only token.
   */
  exchange(token: string, before: Rights | null): string | undefined
  isSignedIn(request: IncomingMessage): boolean
  /** What the browser may do; null: it isn't signed in. */
  rightsOf(request: IncomingMessage): Rights | null
}

/** Access control for the data folder `home`. Tokens and sessions are stored there, so they survive a restart. */
export function accessControl(home: string, hosts: () => readonly string[]): Access {
  const tokens = links(linksFolder(home))
  const open = sessions(homePaths(home).serve)
  const cookieName = `laurel-${createHash('sha256').update(home).digest('hex').slice(0, 12)}` // cookies ignore the port
  const rightsOf = ({ headers }: IncomingMessage): Rights | null => {
    const given = cookiesOf(headers.cookie).flatMap(([name, value]) => (name === cookieName ? (open.rightsOf(value) ?? []) : []))
    return given.includes('all') ? 'all' : (given[0] ?? null)
  }
  return {
    newToken: () => tokens.make(),
    isFromHere({ headers }) {
      const known = hosts()
      if (headers.host === undefined || !known.includes(headers.host.toLowerCase())) return false
      return headers.origin === undefined || known.some((host) => headers.origin === `http://${host}`)
    },
    exchange(token, before) {
      const rights = tokens.use(token)
      if (rights === null) return undefined
      return `${cookieName}=${open.open(before === 'all' ? before : rights)}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${sessionSeconds}`
    },
    isSignedIn: (request) => rightsOf(request) !== null,
    rightsOf,
  }
}

/** The folder of one-time links for the data folder `home`. */
export const linksFolder = (home: string): string => join(homePaths(home).serve, 'links')

const cookiesOf = (header = ''): [string, string][] =>
  header.split(';').map((part) => {
    const at = part.indexOf('=')
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()]
  })
