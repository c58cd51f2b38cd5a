import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Opens the user's browser at an address that lets whoever has it in. The address itself must not be an argument of a program: the process list
 * shows those to every user of the machine. So the browser is given a file in a private folder that leads on to it. Gives how to remove the file.
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
  child.once('error', () => {}) // there is none: the printed address serves
  child.unref()
  return { remove: () => rmSync(file, { force: true }) }
}

/** The program by which each system opens an address in the user's browser. */
function opener(platform: NodeJS.Platform): [string, ...string[]] {
  if (platform === 'darwin') return ['open']
  if (platform === 'win32') return ['cmd', '/c', 'start', '']
  return ['xdg-open']
}
