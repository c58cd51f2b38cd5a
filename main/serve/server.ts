import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { RPCHandler } from '@orpc/server/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Application } from '../api/application.ts'
import { appRouter } from '../api/router.ts'
import { LaurelError } from '../common/errors.ts'
import { rendererFile, rendererFolder } from '../common/renderer-files.ts'
import { type Access, accessControl } from './access.ts'
import { heartbeat } from './heartbeat.ts'
import { addressOf, knownHosts, linkTo } from './hosts.ts'
import { type SmallPage, signedInPage, signInPage } from './pages.ts'
import { limitStrangers } from './strangers.ts'

export interface ServeOptions {
  /** 0 means any free port. */
  readonly port: number
  readonly host: string
  /** Additional host names under which the user's browser may reach the server. */
  readonly names?: readonly string[]
  readonly folder?: string
}

export interface Served {
  readonly port: number
  /** A new one-time address that signs a browser in. */
  link(): string
  close(): Promise<void>
}

/** The largest message a window may send, bytes: an entire data file to import. */
const largestMessage = 64 * 1024 * 1024

/** Requests are a few hundred bytes, so slow clients only hold connections open (times in milliseconds). */
const patience = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
}

/** Serves the application's window to browsers. Throws BUSY if the port is in use. */
export async function serveApplication(application: Application, options: ServeOptions): Promise<Served> {
  const { host, names = [], folder = rendererFolder() } = options
  const server = createServer(patience)
  await listen(server, options)
  const { port } = server.address() as AddressInfo
  const hosts = knownHosts(host, names, port)
  const access = accessControl(application.home, () => hosts)
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestMessage })
  const beats = heartbeat(() => sockets.clients)
  const rpc = new RPCHandler(appRouter(application))
  const strangers = limitStrangers(server)
  server.on('request', (request, response) => {
    if (access.isSignedIn(request)) strangers.admit(request.socket)
    answer(request, response, access, folder)
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    if (!isAllowedSocket(request, access)) return void refuse(socket)
    strangers.admit(request.socket)
    sockets.handleUpgrade(request, socket, head, (websocket) => {
      beats.watch(websocket, () => access.isSignedIn(request))
      carry(websocket, rpc)
    })
  })
  return {
    port,
    link: () => linkTo(addressOf(host, port), access.newToken()),
    close() {
      beats.end()
      return close(server, sockets)
    },
  }
}

const listen = (server: Server, { port, host }: ServeOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      const message = taken ? `Port ${port} on ${host} is in use.` : `Couldn't listen on ${host}:${port}: ${error.message}`
      reject(
        new LaurelError(taken ? 'BUSY' : 'BAD_INPUT', message, 'Choose another one with --port, or leave the option out.', {
          cause: error,
        }),
      )
    })
    server.listen(port, host, resolve)
  })

function answer(request: IncomingMessage, response: ServerResponse, access: Access, folder: string): void {
  if (!access.isFromHere(request)) return void end(response, 403, "Laurel isn't served at this address.")
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return void end(response, 405, 'Only GET and HEAD are allowed.', { allow: 'GET, HEAD' })
  const url = URL.parse(request.url ?? '/', 'http://laurel')
  if (url === null) return void end(response, 400, 'Invalid address.')
  const { pathname, searchParams } = url
  const token = searchParams.get('token')
  if (token !== null) return void enter(request, response, access, token)
  if (!access.isSignedIn(request)) return void askToSignIn(request, response, "This browser isn't signed in.")
  if (pathname === sessionPath) return void response.writeHead(204, { 'cache-control': 'no-store' }).end()
  const file = rendererFile(folder, pathname)
  if (file === undefined) return void end(response, 404, 'Not found.')
  response.writeHead(200, file.headers).end(request.method === 'HEAD' ? undefined : file.body)
}

/** The page requests this path to check its session when its socket is refused. */
const sessionPath = '/session'

/** Exchanges the token for a cookie and drops it from the address. A browser that is already signed in just continues. */
function enter(request: IncomingMessage, response: ServerResponse, access: Access, given: string): void {
  const cookie = access.exchange(given.trim())
  if (cookie === undefined && !access.isSignedIn(request)) {
    return void askToSignIn(request, response, 'This address was already used or is more than a day old.')
  }
  show(response, 200, signedInPage(cookie))
}

/** Navigations get a help page; other requests get plain text. */
function askToSignIn(request: IncomingMessage, response: ServerResponse, reason: string): void {
  if (request.headers.accept?.includes('text/html')) show(response, 401, signInPage(reason))
  else end(response, 401, `${reason} Run \`laurel link\` and open the address it prints.`)
}

const show = (response: ServerResponse, status: number, { body, headers }: SmallPage): unknown =>
  response.writeHead(status, headers).end(body)

function end(response: ServerResponse, status: number, text: string, more: Readonly<Record<string, string>> = {}): void {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', ...more }
  response.writeHead(status, headers).end(`${text}\n`)
}

const isAllowedSocket = (request: IncomingMessage, access: Access): boolean =>
  request.url === '/rpc' && request.headers.origin !== undefined && access.isFromHere(request) && access.isSignedIn(request)

const refuse = (socket: Duplex): unknown => socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')

const carry = (websocket: WebSocket, rpc: RPCHandler<Record<never, never>>): void => {
  websocket.on('error', () => websocket.terminate()) // a message that is too large or malformed
  void rpc.upgrade(websocket)
}

async function close(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const client of sockets.clients) client.terminate()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
