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
import { addressOf, knownHosts } from './hosts.ts'

export interface ServeOptions {
  /** 0: any free one. */
  readonly port: number
  readonly host: string
  /** Further names by which the person's browser may reach the server. */
  readonly names?: readonly string[]
  readonly folder?: string
}

export interface Served {
  /** The address that lets a browser in, once. */
  readonly address: string
  readonly port: number
  close(): Promise<void>
}

/** The largest message a window may send: a whole data file to be imported, at most. */
const largestMessage = 64 * 1024 * 1024

/** A request is a few hundred bytes: who takes long over it holds a connection for nothing (milliseconds). */
const patience = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
}
const mostConnections = 200

/** Serves the application's window to browsers. Throws BUSY where the port is taken. */
export async function serveApplication(application: Application, options: ServeOptions): Promise<Served> {
  const { host, names = [], folder = rendererFolder() } = options
  const server = createServer(patience)
  server.maxConnections = mostConnections
  await listen(server, options)
  const { port } = server.address() as AddressInfo
  const hosts = knownHosts(host, names, port)
  const access = accessControl(() => hosts, `laurel-${port}`)
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestMessage })
  const beats = heartbeat(() => sockets.clients)
  const rpc = new RPCHandler(appRouter(application))
  server.on('request', (request, response) => answer(request, response, access, folder))
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    if (!isAllowedSocket(request, access)) return void refuse(socket)
    sockets.handleUpgrade(request, socket, head, (websocket) => {
      beats.watch(websocket)
      carry(websocket, rpc)
    })
  })
  return {
    address: `${addressOf(host, port)}/?token=${access.token}`,
    port,
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
      const message = taken ? `Port ${port} of ${host} is in use.` : `Cannot listen on ${host}:${port}: ${error.message}`
      reject(new LaurelError(taken ? 'BUSY' : 'BAD_INPUT', message, 'Choose another with --port, or leave it out.', { cause: error }))
    })
    server.listen(port, host, resolve)
  })

function answer(request: IncomingMessage, response: ServerResponse, access: Access, folder: string): void {
  if (!access.isFromHere(request)) return void end(response, 403, 'This address is not the one Laurel is served at.')
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return void end(response, 405, 'Laurel answers GET only.', { allow: 'GET, HEAD' })
  const url = URL.parse(request.url ?? '/', 'http://laurel')
  if (url === null) return void end(response, 400, 'This is no address.')
  const { pathname, searchParams } = url
  const token = searchParams.get('token')
  if (token !== null) return void enter(request, response, access, token)
  if (!access.hasCookie(request)) return void end(response, 401, 'Open the address that `laurel serve` printed; it works once per start.')
  const file = rendererFile(folder, pathname)
  if (file === undefined) return void end(response, 404, 'There is nothing here.')
  response.writeHead(200, file.headers).end(request.method === 'HEAD' ? undefined : file.body)
}

/** The first visit: the token becomes a cookie and leaves the address. A browser that is in already just goes on. */
function enter(request: IncomingMessage, response: ServerResponse, access: Access, token: string): void {
  const cookie = access.exchange(token)
  if (cookie === undefined && !access.hasCookie(request)) {
    return void end(response, 401, 'This address has been used. Start Laurel again for a new one.')
  }
  const set = cookie === undefined ? {} : { 'set-cookie': `${access.cookieName}=${cookie}; HttpOnly; SameSite=Strict; Path=/` }
  response.writeHead(303, { location: '/', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', ...set }).end()
}

function end(response: ServerResponse, status: number, text: string, more: Readonly<Record<string, string>> = {}): void {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', ...more }
  response.writeHead(status, headers).end(`${text}\n`)
}

const isAllowedSocket = (request: IncomingMessage, access: Access): boolean =>
  request.url === '/rpc' && request.headers.origin !== undefined && access.isFromHere(request) && access.hasCookie(request)

const refuse = (socket: Duplex): unknown => socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')

const carry = (websocket: WebSocket, rpc: RPCHandler<Record<never, never>>): void => {
  websocket.on('error', () => websocket.terminate()) // a message that is too large or no message at all
  void rpc.upgrade(websocket)
}

async function close(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const client of sockets.clients) client.terminate()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
