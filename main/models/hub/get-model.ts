import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { homePaths } from '../../common/home.ts'
import { bytesText } from '../../common/numbers.ts'
import { flushFolder, replaceFile } from '../../common/replace-file.ts'
import { LaurelError } from '../../shared/errors.ts'
import { downloadFile } from './download-file.ts'
import type { HubFile, HubModel } from './hub-listing.ts'
import type { HubAccess } from './hub-request.ts'

interface GetModel {
  readonly home: string
  readonly model: HubModel
  readonly files: readonly HubFile[]
  readonly access: HubAccess
  readonly onProgress?: (progress: GetProgress) => void
}

export interface GetProgress {
  /** The file being fetched. */
  readonly file: string
  readonly done: number // bytes of all files
  readonly total: number
}

/** Where a downloaded model comes from, beside its files. */
const source = z.object({ repository: z.string(), commit: z.string(), license: z.string().nullable(), files: z.array(z.string()) })
const sourceFile = 'laurel-source.json'

/**
 * Downloads a model into the data folder, and returns its path: a folder, or a GGUF file. Until everything is there, it is in a hidden folder
 * of its commit, which a later call continues; the library never shows half a model. Throws NETWORK, STOPPED, DISK_FULL, DISK_FAILED.
 */
export async function getModel({ home, model, files, access, onProgress }: GetModel): Promise<string> {
  const { repository, commit, license } = model
  const { models } = homePaths(home)
  const name = repository.replace('/', '--')
  const place = placeOf(models, name, commit)
  const pathOf = (folder: string): string => (isGguf(files) ? join(folder, basename(files[0].path)) : folder)
  const known = sourceOf(place)
  if (known?.commit === commit && files.every(({ path }) => known.files.includes(path))) return pathOf(place)
  const underway = join(models, '.downloads', `${name}@${commit}`)
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  mustFit(models, total - files.reduce((sum, file) => sum + onDisk(underway, file), 0))
  let before = 0
  for (const file of files) {
    const address = `${access.endpoint}/${repository}/resolve/${commit}/${file.path.split('/').map(encodeURIComponent).join('/')}`
    const onBytes = (bytes: number): void => onProgress?.({ file: file.path, done: before + bytes, total })
    await downloadFile({ address, file, target: join(underway, basename(file.path)), access, onBytes })
    before += file.bytes
  }
  const has = { repository, commit, license, files: [...(known?.files ?? []), ...files.map(({ path }) => path)] }
  if (known === null) replaceFile(join(underway, sourceFile), `${JSON.stringify(has, null, 2)}\n`)
  moveInto(place, underway, files)
  if (known !== null) replaceFile(join(place, sourceFile), `${JSON.stringify(has, null, 2)}\n`)
  return pathOf(place)
}

const isGguf = (files: readonly HubFile[]): boolean => files.every(({ path }) => path.toLowerCase().endsWith('.gguf'))

/** The model's folder: named after it, and after its commit if there is another one already. */
function placeOf(models: string, name: string, commit: string): string {
  const usual = join(models, name)
  return !existsSync(usual) || sourceOf(usual)?.commit === commit ? usual : join(models, `${name}@${commit.slice(0, 8)}`)
}

function sourceOf(folder: string): z.infer<typeof source> | null {
  try {
    return source.parse(JSON.parse(readFileSync(join(folder, sourceFile), 'utf8')))
  } catch {
    return null
  }
}

/** The whole folder in one rename, or files beside others of the same commit. */
function moveInto(place: string, underway: string, files: readonly HubFile[]): void {
  if (!existsSync(place)) renameSync(underway, place)
  else {
    for (const { path } of files) renameSync(join(underway, basename(path)), join(place, basename(path)))
    rmSync(underway, { recursive: true, force: true })
  }
  flushFolder(join(place, '..'))
}

const onDisk = (folder: string, { path }: HubFile): number => {
  const target = join(folder, basename(path))
  return [target, `${target}.part`].reduce((sum, one) => sum + (statSync(one, { throwIfNoEntry: false })?.size ?? 0), 0)
}

/** Throws DISK_FULL before the first byte instead of after the last gigabyte. */
function mustFit(models: string, bytes: number): void {
  mkdirSync(models, { recursive: true })
  const { bavail, bsize } = statfsSync(models)
  const free = bavail * bsize
  if (bytes > free) {
    throw new LaurelError(
      'DISK_FULL',
      `The download needs ${bytesText(bytes)}, and the disk with ${models} has ${bytesText(free)} left.`,
      'Free disk space, or set LAUREL_HOME to a folder on another disk.',
    )
  }
}
