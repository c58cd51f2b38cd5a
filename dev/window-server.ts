import { randomBytes } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { createServer as createVite, type ViteDevServer } from 'vite'
import { contentSecurityPolicy, noncePlace } from '../main/common/renderer-files.ts'
import { accessControl, addressOf, knownHosts, linkTo } from '../main/serve/access.ts'
import { answer, end, maySocket, refuse } from '../main/serve/gate.ts'
import { LaurelError } from '../main/shared/errors.ts'

interface WindowServerOptions {
  readonly home: string
  /** 0 means any free port. */
  readonly port: number
  /** Main's port; undefined while main is down. */
  readonly mainPort: () => number | undefined
  /** Laurel's folder, or a copy of it. */
  readonly project?: string
  /** Where Vite keeps bundled dependencies. */
  readonly cacheDir?: string
}

interface WindowServer {
  readonly port: number
  readonly vite: ViteDevServer
  /** A new one-time address that signs a browser in. */
  link(): string
  close(): Promise<void>
}

const host = '127.0.0.1'

/**
 * Serves the window from its sources, through the gate of `laurel serve`: every request, Vite's files and sockets included, needs this server's
 * host and origin and a session of the data folder. The page's own socket is forwarded to main, which checks it again. Main runs production
 * code and doesn't know about this server.
 */
export async function startWindowServer(options: WindowServerOptions): Promise<WindowServer> {
  const { home, mainPort, cacheDir, project = fileURLToPath(new URL('..', import.meta.url)) } = options
  const server = createServer()
  await listen(server, options.port)
  const updates = createServer() // never listens: it hands Vite the sockets that passed the gate
  const vite = await createVite({
    configFile: join(project, 'vite.config.ts'),
    root: join(project, 'renderer'),
    appType: 'custom',
    cacheDir,
    html: { cspNonce: noncePlace },
    server: {
      middlewareMode: true,
      ws: { server: updates },
      fs: { allow: [project, realpathSync(join(project, 'node_modules'))] }, // a git worktree may link to another's
    },
  })
  const { port } = server.address() as AddressInfo
  const hosts = knownHosts(host, [], port)
  const access = accessControl(home, () => hosts)
  const pages = pagesOf(vite, join(project, 'renderer', 'index.html'))
  server.on('request', (request, response) => answer(request, response, access, pages))
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    if (!maySocket(request, access)) refuse(socket)
    else if (request.url === '/rpc') passOn(request, socket, head, mainPort())
    else updates.emit('upgrade', request, socket, head)
  })
  return {
    ...{ port, vite },
    link: () => linkTo(addressOf(host, port), access.newToken()),
    async close() {
      await vite.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', ({ message }) =>
      reject(new LaurelError('BUSY', `Couldn't listen on ${host}:${port}: ${message}`, 'Choose another one with --port.')),
    )
    server.listen(port, host, resolve)
  })

/**
 * Navigations get the page, other requests what Vite makes of a source file. The content security policy is production's, except that scripts
 * may also carry the nonce: React's hot reload starts from an inline script.
 */
function pagesOf(vite: ViteDevServer, page: string) {
  return async (request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> => {
    const nonce = randomBytes(16).toString('base64')
    response.setHeader(
      'content-security-policy',
      contentSecurityPolicy(nonce).replace("script-src 'self'", `script-src 'self' 'nonce-${nonce}'`),
    )
    response.setHeader('x-content-type-options', 'nosniff')
    response.setHeader('referrer-policy', 'no-referrer')
    if (!request.headers.accept?.includes('text/html')) return vite.middlewares(request, response, () => end(response, 404, 'Not found.'))
    try {
      const html = await vite.transformIndexHtml(pathname, readFileSync(page, 'utf8'))
      response.setHeader('cache-control', 'no-store')
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(html.replaceAll(noncePlace, nonce))
    } catch (error) {
      end(response, 500, `Vite couldn't make the page: ${(error as Error).message}`)
    }
  }
}

/** Forwards a socket to main, with the only Host and Origin that main accepts. While main is down, the page tries again by itself. */
function passOn(request: IncomingMessage, socket: Duplex, head: Buffer, port: number | undefined): void {
  if (port === undefined) return void socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n')
  const own = `${host}:${port}`
  const onward = forward({ host, port, path: request.url, headers: { ...request.headers, host: own, origin: `http://${own}` } })
  onward.on('upgrade', (answered, main: Duplex, first: Buffer) => {
    main.on('error', () => socket.destroy())
    socket.on('close', () => main.destroy())
    main.on('close', () => socket.destroy())
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headerLines(answered.rawHeaders)}\r\n`)
    if (first.length > 0) socket.write(first)
    if (head.length > 0) main.write(head)
    main.pipe(socket).pipe(main)
  })
  onward.on('response', () => refuse(socket))
  onward.on('error', () => socket.destroy())
  onward.end()
}

function headerLines(raw: readonly string[]): string {
  let lines = ''
  for (let at = 0; at < raw.length; at += 2) lines += `${raw[at]}: ${raw[at + 1]}\r\n`
  return lines
}
