import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Access } from './access.ts'
import { type SmallPage, signedInPage, signInPage } from './pages.ts'

/** Answers a GET or HEAD of a browser that is signed in. */
export type Pages = (request: IncomingMessage, response: ServerResponse, pathname: string) => unknown

/** Lets a request through to `pages` if its browser is signed in; else answers it: sign-in, or why not. */
export function answer(request: IncomingMessage, response: ServerResponse, access: Access, pages: Pages): void {
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
  pages(request, response, pathname)
}

/** The page requests this path to check its session when its socket is refused. */
const sessionPath = '/session'

/** Exchanges the token for a cookie and drops it from the address. A browser that is already signed in just continues. */
function enter(request: IncomingMessage, response: ServerResponse, access: Access, given: string): void {
  const cookie = access.exchange(given.trim(), access.rightsOf(request))
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

/** A short answer in plain text. */
export function end(response: ServerResponse, status: number, text: string, more: Readonly<Record<string, string>> = {}): void {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', ...more }
  response.writeHead(status, headers).end(`${text}\n`)
}

/** Whether a page of this server, signed in, asks for a socket. Sockets ignore the same-origin policy, so Origin must be there. */
export const maySocket = (request: IncomingMessage, access: Access): boolean =>
  request.headers.origin !== undefined && access.isFromHere(request) && access.isSignedIn(request)

export const refuse = (socket: Duplex): unknown => socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
