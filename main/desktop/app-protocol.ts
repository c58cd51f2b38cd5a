import { type Protocol, protocol } from 'electron'
import { rendererFile } from '../common/renderer-files.ts'
import { appHost, appScheme } from './security.ts'

/** Registers app:// as its own origin with the rules of https. Must run before Electron is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } }])
}

/** Serves the renderer's files as app://laurel/. Application data travels over a message port instead. */
export function serveAppProtocol(on: Protocol, folder: string): void {
  on.handle(appScheme, (request) => answer(request, folder))
}

/** Answers one request: only GET, only our host, and no file outside the folder. */
export function answer(request: Pick<Request, 'url' | 'method'>, folder: string): Response {
  if (request.method !== 'GET') return new Response('GET only', { status: 405 })
  const { host, pathname } = new URL(request.url)
  const file = host === appHost ? rendererFile(folder, pathname) : undefined
  if (file === undefined) return new Response('Not found.', { status: 404, headers: { 'x-content-type-options': 'nosniff' } })
  const body = typeof file.body === 'string' ? file.body : new Uint8Array(file.body)
  return new Response(body, { status: 200, headers: { ...file.headers } })
}
