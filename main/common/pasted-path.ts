import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Quotation marks that operating systems, shells, and text editors put around paths. */
const quotes: readonly (readonly [string, string])[] = [
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['‘', '’'],
  ['«', '»'],
]

/**
 * Clean up a pasted path: remove the quotation marks of Windows' "Copy as path", surrounding white space, `file://`, and shell backslashes, and
 * expand `~`. If the text itself exists as a path, it wins; then the first interpretation that exists, or whose folder does. Relative paths are
 * looked up in `folder`; the result isn't made absolute.
 */
export function pastedPath(text: string, folder = process.cwd()): string {
  const readings = readingsOf(text)
  const has = (path: string): boolean => path !== '' && !path.includes('\0') && existsSync(resolve(folder, path))
  return (
    readings.find(has) ??
    readings.find((path) => has(dirname(path)) && path === path.trim() && !isMarked(path)) ??
    readings[readings.length - 1]
  )
}

/** The ways to interpret a pasted text, from the text itself to the most stripped one. */
function readingsOf(text: string): string[] {
  const readings = [text]
  const add = (reading: string): void => void (readings.includes(reading) || readings.push(reading))
  const bare = unquoted(text)
  add(text.trim())
  add(bare)
  const plain = fromAddress(bare) ?? atHome(bare)
  add(plain)
  if (process.platform !== 'win32') add(atHome(withoutBackslashes(bare)))
  return readings
}

const isMarked = (path: string): boolean =>
  /^file:/i.test(path) ||
  /^~(?=$|[/\\])/.test(path) ||
  quotes.some(([open, close]) => path.length > 1 && path.startsWith(open) && path.endsWith(close)) ||
  (process.platform !== 'win32' && /\\[\s()'"&[\]]/.test(path))

function unquoted(text: string): string {
  const bare = text.trim().replace(/^& (?=['"])/, '') // PowerShell adds this when a path is dropped on it
  const pair = quotes.find(([open, close]) => bare.length > 1 && bare.startsWith(open) && bare.endsWith(close))
  return pair === undefined ? bare : unquoted(bare.slice(pair[0].length, -pair[1].length))
}

/** The path of a `file://` URL; undefined if the text isn't one. */
function fromAddress(text: string): string | undefined {
  if (!/^file:\/\//i.test(text)) return undefined
  try {
    return fileURLToPath(text.replace(/^file:\/\/localhost\//i, 'file:///'))
  } catch {
    return undefined
  }
}

const atHome = (text: string): string => (/^~(?=$|[/\\])/.test(text) ? join(homedir(), text.slice(1)) : text)

const withoutBackslashes = (text: string): string => text.replace(/\\(.)/g, '$1')
