import { isIPv6 } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'

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
