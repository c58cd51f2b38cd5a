import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Opens the user's browser at an address that signs it in. The address must not be a command-line argument, because every user of the
 * machine can read the process list. So the browser opens a file in a private folder that redirects to the address. Returns how to remove
 * the file.
 */
export function openInBrowser(address: string, folder: string): { readonly remove: () => void } {
  const file = join(folder, `open-${process.pid}.html`)
  writeFileSync(
    file,
    `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${address}"><title>Opening Laurel</title>\n`,
    {
      mode: 0o600,
    },
  )
  const [program, ...args] = opener(process.platform)
  const child = spawn(program, [...args, pathToFileURL(file).href], { stdio: 'ignore', detached: true })
  child.once('error', () => {}) // no such program: the user opens the printed address instead
  child.unref()
  return { remove: () => rmSync(file, { force: true }) }
}

/** The command that opens an address in the user's browser. */
function opener(platform: NodeJS.Platform): [string, ...string[]] {
  if (platform === 'darwin') return ['open']
  if (platform === 'win32') return ['cmd', '/c', 'start', '']
  return ['xdg-open']
}
