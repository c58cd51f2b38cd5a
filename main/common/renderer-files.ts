import { randomBytes } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import { dirname, extname, join, sep } from 'node:path'

/** The files of the built window (one page and its assets), served to Electron's window and to browsers alike. */

/** The folder of the built window: build/renderer, next to the compiled main (build/main). Also works from the sources. */
export function rendererFolder(): string {
  const above = dirname(dirname(import.meta.dirname)) // build, or the project folder
  return above.endsWith(`${sep}build`) ? join(above, 'renderer') : join(above, 'build', 'renderer')
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

/**
 * The page may load its own files and connect to its own origin, nothing else. Styles that the component library creates at run time carry the
 * nonce; scripts never do.
 */
export const contentSecurityPolicy = (nonce: string, connect = "'self'"): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ')

interface RendererFile {
  readonly body: Buffer | string
  readonly headers: Readonly<Record<string, string>>
}

/** The placeholder for the style nonce in the page. */
export const noncePlace = '__STYLE_NONCE__'

/**
 * The window's file for a URL path; undefined if it doesn't exist or is outside the folder. Paths without a file extension are routes inside the
 * page and return the page.
 */
export function rendererFile(folder: string, path: string, connect?: string): RendererFile | undefined {
  const name = extname(path) === '' ? 'index.html' : decoded(path)
  const place = name === undefined ? undefined : inside(folder, name)
  if (place === undefined) return undefined
  const type = types[extname(place)]
  if (type === undefined) return undefined
  const nonce = randomBytes(16).toString('base64')
  const isPage = place.endsWith('.html')
  const body = isPage ? readFileSync(place, 'utf8').replaceAll(noncePlace, nonce) : readFileSync(place)
  return {
    body,
    headers: {
      'content-type': type,
      'content-security-policy': contentSecurityPolicy(nonce, connect),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      // Asset names contain a hash of their content, so only the page must not be cached.
      'cache-control': isPage || !path.startsWith('/assets/') ? 'no-store' : 'public, max-age=31536000, immutable',
    },
  }
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/** The real path of a file in the folder; undefined if it doesn't exist or a link leads outside. */
function inside(folder: string, name: string): string | undefined {
  try {
    const root = realpathSync(folder)
    const place = realpathSync(join(root, name))
    return place.startsWith(root + sep) ? place : undefined
  } catch {
    return undefined
  }
}
