import { existsSync, statSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, parse, resolve, sep } from 'node:path'
import { badInput, LaurelError } from '../common/errors.ts'
import { pastedPath } from '../common/pasted-path.ts'
import { resourceFile } from '../common/resources.ts'
import type { Listing, PlaceEntry, PlaceKind, Shortcut } from './contract/places.ts'

/** A folder with more is listed in part: nobody reads so many names, and each costs a question to the file system. */
const mostEntries = 5000

/** How many files are asked about at once. */
const atOnce = 64

export interface BrowseOptions {
  readonly path: string | null
  readonly hidden?: boolean
  readonly nearest?: boolean
}

/** What is in a folder, for choosing something in it. Throws NOT_FOUND or BAD_INPUT. */
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

/** A path as a user types or pastes it, made absolute: `~` is their own folder, `demo:` what ships with the demo. */
export function absolutePath(path: string): string {
  if (path.trim().startsWith('demo:')) return resourceFile('demo', path.trim().slice('demo:'.length))
  const plain = pastedPath(path, homedir())
  if (plain.includes('\0')) throw badInput('A path can’t hold a NUL character.', 'Check the path.')
  return resolve(homedir(), plain)
}

/** Whether a path will do for what it is wanted for; the problem in words where it will not. */
export function lookAt(typed: string, kind: PlaceKind): { path: string; problem: string | null; replaces: boolean } {
  const path = absolutePath(typed)
  const stats = statOf(path)
  const replaces = kind === 'save' && stats !== 'denied' && stats?.isFile() === true
  return { path, problem: problemOf(path, kind, stats), replaces }
}

function problemOf(path: string, kind: PlaceKind, stats: ReturnType<typeof statOf>): string | null {
  if (stats === 'denied') return 'You may not look there.'
  if (kind === 'new-folder') return stats === undefined ? null : 'Something is already there. Name a folder that does not exist yet.'
  if (kind === 'save') return stats?.isDirectory() ? 'This is a folder. Name a file in it.' : null
  if (stats === undefined) return kind === 'file' ? 'There is no such file.' : 'There is nothing at this path.'
  if (kind === 'folder') return stats.isDirectory() ? null : 'This is a file, not a folder.'
  if (kind === 'file') return stats.isDirectory() ? 'This is a folder, not a file.' : null
  if (stats.isDirectory())
    return isModelFolder(path) ? null : 'This folder holds no config.json with safetensors beside it, so it is no model.'
  return isGguf(path) ? null : 'This file is no GGUF file.'
}

function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'EACCES' || code === 'EPERM' ? 'denied' : undefined // ENOTDIR, ELOOP, ENAMETOOLONG: there is nothing
  }
}

/** Places worth a click on this machine: those that are there. */
export function shortcutsOf(home: string, recent: readonly string[]): Shortcut[] {
  const places = [
    { name: 'Home', path: homedir() },
    { name: 'Laurel’s data folder', path: home },
    { name: 'Shipped seed data', path: resourceFile('seed-data') },
    { name: 'Demo', path: resourceFile('demo') },
    { name: 'Hugging Face cache', path: join(process.env.HF_HOME ?? join(homedir(), '.cache', 'huggingface'), 'hub') },
    { name: 'Whole machine', path: parse(homedir()).root },
  ].map((place): Shortcut => ({ ...place, group: 'place' }))
  const recents = recent.map((path): Shortcut => ({ name: basename(path) || path, path, group: 'recent' }))
  return [...places, ...recents].filter(({ path }) => isFolder(path))
}

const isFolder = (path: string): boolean => {
  const stats = statOf(path)
  return stats !== 'denied' && stats?.isDirectory() === true
}

/** The folder that holds a path, or that would hold it, going up until there is one. */
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
  if (error.code === 'ENOTDIR') return badInput(`${folder} is a file, not a folder.`, 'Choose the folder that holds it.')
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return badInput(`You may not look into ${folder}.`, 'Choose another folder, or ask whoever owns it.')
  }
  if (error.code === 'ENOENT') return new LaurelError('NOT_FOUND', `There is no folder ${folder}.`, 'Check the path.', { cause: error })
  return badInput(`${folder} cannot be read (${error.code}).`, 'Choose another folder.')
}

async function entriesOf(folder: string, names: readonly string[]): Promise<PlaceEntry[]> {
  const entries: PlaceEntry[] = []
  for (let start = 0; start < names.length; start += atOnce) {
    const some = await Promise.all(names.slice(start, start + atOnce).map((name) => entryOf(folder, name)))
    entries.push(...some.filter((entry) => entry !== undefined))
  }
  return entries
}

/** Links are followed: what counts is what they lead to. */
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

/** A Hugging Face folder, told by the files that every one has; whether they are sound is for the engine to say. */
export const isModelFolder = (folder: string): boolean =>
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
