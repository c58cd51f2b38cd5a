import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RequestHeadersPlugin } from '@orpc/server/plugins'
import { RPCHandler } from '@orpc/server/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Application } from '../app/application.ts'
import type { CallContext } from '../app/review/caller.ts'
import { appRouter } from '../app/router.ts'
import { rendererFile, rendererFolder } from '../common/renderer-files.ts'
import { LaurelError } from '../shared/errors.ts'
import { accessControl, addressOf, knownHosts, limitStrangers, linkTo } from './access.ts'
import { answer, end, maySocket, type Pages, refuse } from './gate.ts'
import { heartbeat } from './heartbeat.ts'

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
  const rpc = new RPCHandler(appRouter(application), { plugins: [new RequestHeadersPlugin()] })
  const strangers = limitStrangers(server)
  const pages = filesOf(folder)
  server.on('request', (request, response) => {
    if (access.isSignedIn(request)) strangers.admit(request.socket)
    answer(request, response, access, pages)
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    if (request.url !== '/rpc' || !maySocket(request, access)) return void refuse(socket)
    strangers.admit(request.socket)
    const isReadOnly = access.rightsOf(request) !== 'all'
    sockets.handleUpgrade(request, socket, head, (websocket) => {
      beats.watch(websocket, () => access.isSignedIn(request))
      carry(websocket, rpc, { isReadOnly })
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

const filesOf =
  (folder: string): Pages =>
  (request, response, pathname) => {
    const file = rendererFile(folder, pathname)
    if (file === undefined) return end(response, 404, 'Not found.')
    return response.writeHead(200, file.headers).end(request.method === 'HEAD' ? undefined : file.body)
  }

const carry = (websocket: WebSocket, rpc: RPCHandler<CallContext>, context: CallContext): void => {
  websocket.on('error', () => websocket.terminate()) // a message that is too large or malformed
  void rpc.upgrade(websocket, { context })
}

async function close(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const client of sockets.clients) client.terminate()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
