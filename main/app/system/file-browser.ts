import { existsSync, statSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, parse, resolve, sep } from 'node:path'
import { pastedPath } from '../../common/pasted-path.ts'
import { resourceFile } from '../../common/resources.ts'
import { hubCache } from '../../models/places.ts'
import type { Listing, PlaceEntry, PlaceKind, Shortcut } from '../../shared/contract/places-contract.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'

/** Longer listings are truncated: no user reads that many names, and each one costs a `stat` call. */
const mostEntries = 5000

/** Number of concurrent `stat` calls. */
const atOnce = 64

interface BrowseOptions {
  readonly path: string | null
  readonly hidden?: boolean
  readonly nearest?: boolean
}

/** Lists a folder for a file picker. Throws NOT_FOUND or BAD_INPUT. */
export async function browse(options: BrowseOptions): Promise<Omit<Listing, 'shortcuts'>> {
  const { path, hidden = false, nearest = false } = options
  const asked = absolutePath(path ?? homedir())
  const folder = nearest ? nearestFolder(asked) : asked
  const names = await namesIn(folder)
  const shown = names.filter((name) => hidden || !isHidden(name))
  const entries = await entriesOf(folder, shown.slice(0, mostEntries))
  return {
    folder,
    trail: trailOf(folder),
    parent: dirname(folder) === folder ? null : dirname(folder),
    isModel: isModelFolder(folder),
    entries: entries.sort(byKindAndName),
    leftOut: Math.max(0, shown.length - mostEntries),
    separator: sep,
  }
}

/** Makes a typed or pasted path absolute: `~` is the home folder, `demo:` the demo's resources. */
export function absolutePath(path: string): string {
  if (path.trim().startsWith('demo:')) return resourceFile('demo', path.trim().slice('demo:'.length))
  const plain = pastedPath(path, homedir())
  if (plain.includes('\0')) throw badInput("A path can't contain a NUL character.", 'Check the path.')
  return resolve(homedir(), plain)
}

/** Checks whether a path suits its purpose; `problem` says why it doesn't. */
export function lookAt(typed: string, kind: PlaceKind): { path: string; problem: string | null; replaces: boolean } {
  const path = absolutePath(typed)
  const stats = statOf(path)
  const replaces = kind === 'save' && stats !== 'denied' && stats?.isFile() === true
  return { path, problem: problemOf(path, kind, stats), replaces }
}

function problemOf(path: string, kind: PlaceKind, stats: ReturnType<typeof statOf>): string | null {
  if (stats === 'denied') return "You don't have permission to read this folder."
  if (kind === 'new-folder') return stats === undefined ? null : "This path already exists. Enter a folder that doesn't exist yet."
  if (kind === 'save') return stats?.isDirectory() ? 'This is a folder. Enter a file name in it.' : null
  if (stats === undefined) return kind === 'file' || kind === 'file-or-folder' ? 'File not found.' : 'There is nothing at this path.'
  if (kind === 'file-or-folder') return null
  if (kind === 'folder') return stats.isDirectory() ? null : 'This is a file, not a folder.'
  if (kind === 'file') return stats.isDirectory() ? 'This is a folder, not a file.' : null
  if (stats.isDirectory())
    return isModelFolder(path) ? null : "This isn't a model folder: it must contain config.json and .safetensors files."
  return isGguf(path) ? null : "This isn't a GGUF file."
}

function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'EACCES' || code === 'EPERM' ? 'denied' : undefined // ENOTDIR, ELOOP, ENAMETOOLONG: nothing exists there
  }
}

/** Common places on this machine, those that exist. */
export function shortcutsOf(home: string, recent: readonly string[]): Shortcut[] {
  const places = [
    { name: 'Home', path: homedir() },
    { name: 'Laurel’s data folder', path: home },
    { name: 'Shipped seed data', path: resourceFile('seed-data') },
    { name: 'Demo', path: resourceFile('demo') },
    { name: 'Hugging Face cache', path: hubCache() },
    { name: 'Whole machine', path: parse(homedir()).root },
  ].map((place): Shortcut => ({ ...place, group: 'place' }))
  const recents = recent.map((path): Shortcut => ({ name: basename(path) || path, path, group: 'recent' }))
  return [...places, ...recents].filter(({ path }) => isFolder(path))
}

const isFolder = (path: string): boolean => {
  const stats = statOf(path)
  return stats !== 'denied' && stats?.isDirectory() === true
}

/** The nearest existing folder at or above a path. */
export function nearestFolder(path: string): string {
  let folder = path
  while (!isFolder(folder) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort(byName)
  } catch (error) {
    throw unreadable(folder, error as NodeJS.ErrnoException)
  }
}

function unreadable(folder: string, error: NodeJS.ErrnoException): LaurelError {
  if (error.code === 'ENOTDIR') return badInput(`${folder} is a file, not a folder.`, 'Choose the folder that contains it.')
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return badInput(`You don't have permission to read ${folder}.`, 'Choose another folder, or ask its owner for access.')
  }
  if (error.code === 'ENOENT') return new LaurelError('NOT_FOUND', `Folder ${folder} doesn't exist.`, 'Check the path.', { cause: error })
  return badInput(`Couldn't read ${folder} (${error.code}).`, 'Choose another folder.')
}

async function entriesOf(folder: string, names: readonly string[]): Promise<PlaceEntry[]> {
  const entries: PlaceEntry[] = []
  for (let start = 0; start < names.length; start += atOnce) {
    const some = await Promise.all(names.slice(start, start + atOnce).map((name) => entryOf(folder, name)))
    entries.push(...some.filter((entry) => entry !== undefined))
  }
  return entries
}

/** Follows links: an entry is what its link points to. */
async function entryOf(folder: string, name: string): Promise<PlaceEntry | undefined> {
  const path = join(folder, name)
  const stats = await stat(path).catch(() => undefined)
  if (stats === undefined || !(stats.isFile() || stats.isDirectory())) return undefined
  const isDirectory = stats.isDirectory()
  return {
    name,
    kind: isDirectory ? 'folder' : 'file',
    bytes: isDirectory ? null : stats.size,
    modified: stats.mtime.toISOString(),
    isModel: isDirectory ? isModelFolder(path) : isGguf(name),
    isHidden: isHidden(name),
  }
}

const isHidden = (name: string): boolean => name.startsWith('.')

const isGguf = (name: string): boolean => name.toLowerCase().endsWith('.gguf')

/** Recognizes a Hugging Face folder by the files that each one has. The engine checks whether they are valid. */
const isModelFolder = (folder: string): boolean =>
  existsSync(join(folder, 'config.json')) &&
  ['model.safetensors', 'model.safetensors.index.json'].some((name) => existsSync(join(folder, name)))

function trailOf(folder: string): Listing['trail'] {
  const trail: Listing['trail'] = []
  for (let at = folder; ; at = dirname(at)) {
    trail.unshift({ name: basename(at) || at, path: at })
    if (dirname(at) === at) return trail
  }
}

const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' }).compare

const byKindAndName = (a: PlaceEntry, b: PlaceEntry): number => (a.kind === b.kind ? byName(a.name, b.name) : a.kind === 'folder' ? -1 : 1)
