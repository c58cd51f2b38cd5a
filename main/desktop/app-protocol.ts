import { type Protocol, protocol } from 'electron'
import { rendererFile } from '../common/renderer-files.ts'
import { appHost, appScheme } from './security/origin.ts'

/** Tell Electron of app:// before it is ready: an origin of its own, with the rules of https. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } }])
}

/** Serve the window's files as app://laurel/. The application's data never comes this way: it goes over a message port. */
export function serveAppProtocol(on: Protocol, folder: string): void {
  on.handle(appScheme, (request) => answer(request, folder))
}

/** One answer. GET alone, from our host alone, and no file outside the folder. */
export function answer(request: Pick<Request, 'url' | 'method'>, folder: string): Response {
  if (request.method !== 'GET') return new Response('GET only', { status: 405 })
  const { host, pathname } = new URL(request.url)
  const file = host === appHost ? rendererFile(folder, pathname) : undefined
  if (file === undefined) return new Response('There is nothing here.', { status: 404, headers: { 'x-content-type-options': 'nosniff' } })
  const body = typeof file.body === 'string' ? file.body : new Uint8Array(file.body)
  return new Response(body, { status: 200, headers: { ...file.headers } })
}
