import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Quotation marks that systems, shells and text programs put around a path. */
const quotes: readonly (readonly [string, string])[] = [
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['‘', '’'],
  ['«', '»'],
]

/**
 * A path as it was pasted, made plain: without the quotation marks of Windows' "Copy as path", white space around it, a `file://` address, the
 * backslashes of a shell or `~` for the home folder. What is there under the very text wins; then the first reading under which something is
 * there, or whose folder is. Relative paths are looked for in `folder`; the result isn't made absolute.
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

/** The ways to read a pasted text, from the text itself to the most that can be taken off. */
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
  const bare = text.trim().replace(/^& (?=['"])/, '') // as PowerShell writes a path that is dropped on it
  const pair = quotes.find(([open, close]) => bare.length > 1 && bare.startsWith(open) && bare.endsWith(close))
  return pair === undefined ? bare : unquoted(bare.slice(pair[0].length, -pair[1].length))
}

/** The path of a `file://` address; undefined where the text is none. */
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
