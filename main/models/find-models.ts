import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readPlainText } from '../common/read-file.ts'

/** A found model: its name and path. */
export interface FoundModel {
  readonly name: string
  readonly path: string
}

/** Maximum scan depth. Models are rarely kept deeper, and a deeper scan of a home folder would never end. */
const deepest = 3
const mostModels = 1000

/**
 * Models at a place: the place itself if it is one (a GGUF file, a folder with config.json), else those in and below it. An unreadable
 * folder contains none.
 */
export function modelsAt(place: string): FoundModel[] {
  const found: FoundModel[] = []
  const visit = (path: string, name: string, depth: number): void => {
    if (found.length >= mostModels) return
    if (isModel(path)) return void found.push({ name, path })
    if (depth === deepest) return
    for (const entry of entriesOf(path)) visit(join(path, entry), depth === 0 ? entry : `${name}/${entry}`, depth + 1)
  }
  visit(place, basename(place), 0)
  return found
}

function isModel(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return false
  return stats.isDirectory() ? existsSync(join(path, 'config.json')) : path.toLowerCase().endsWith('.gguf')
}

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path)
      .filter((name) => !name.startsWith('.'))
      .sort()
  } catch {
    return [] // a file, or an unreadable folder
  }
}

/** Models in a Hugging Face cache: each repository's `main` revision, else the newest one. */
export function modelsInCache(hub: string): FoundModel[] {
  return entriesOf(hub)
    .filter((entry) => entry.startsWith('models--'))
    .flatMap((entry) => {
      const snapshot = snapshotOf(join(hub, entry))
      const name = entry.slice('models--'.length).replaceAll('--', '/')
      if (snapshot === undefined) return []
      const files = modelsAt(snapshot)
      return files.map(({ path }) => ({ path, name: path === snapshot ? name : `${name}/${basename(path)}` }))
    })
}

function snapshotOf(repository: string): string | undefined {
  const snapshots = join(repository, 'snapshots')
  const revisions = entriesOf(snapshots)
  const main = join(repository, 'refs', 'main')
  const named = statSync(main, { throwIfNoEntry: false })?.isFile() ? readPlainText(main, 1 << 20).trim() : ''
  const newest = revisions.toSorted((a, b) => timeOf(join(snapshots, b)) - timeOf(join(snapshots, a)))[0]
  const revision = revisions.includes(named) ? named : newest
  return revision === undefined ? undefined : join(snapshots, revision)
}

const timeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
