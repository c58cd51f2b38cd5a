import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { flushFolder } from '../../common/replace-file.ts'
import { LaurelError, stopped, storageError } from '../../shared/errors.ts'
import type { HubFile } from './hub-listing.ts'
import { type HubAccess, type HubAnswer, hubGet, persist, Retry, retrying } from './hub-request.ts'

interface Download {
  readonly address: string
  readonly file: HubFile
  readonly target: string
  readonly access: HubAccess
  /** Called with the file's bytes on disk so far. */
  readonly onBytes?: (bytes: number) => void
}

/**
 * Downloads a file to `target`, through `target.part`, which a later call continues. What is complete has the size and the hash that the Hub
 * names, and is flushed before it gets its name. Throws NETWORK, STOPPED, DISK_FULL, DISK_FAILED.
 */
export async function downloadFile(download: Download): Promise<void> {
  const { file, target, access, onBytes } = download
  const part = `${target}.part`
  await mkdir(dirname(target), { recursive: true })
  if ((await sizeOf(target)) !== file.bytes) {
    await fetchWhole(download, part)
    if (!(await isIntact(part, file))) {
      await rm(part, { force: true }) // perhaps the beginning is of another file, or a proxy spoiled it: once more from the start
      await fetchWhole(download, part)
      if (!(await isIntact(part, file))) {
        await rm(part, { force: true })
        const remedy = 'The server, or a proxy on the way, sends wrong data. Try another network, or a mirror (HF_ENDPOINT).'
        throw new LaurelError('NETWORK', `${file.path} arrived twice with other content than the Hub names.`, remedy)
      }
    }
    await rename(part, target)
    flushFolder(dirname(target))
  }
  onBytes?.(file.bytes)
  if (access.signal?.aborted) throw stopped()
}

/** Fetches until the file is complete. Attempts that get further don't count. */
async function fetchWhole(download: Download, part: string): Promise<void> {
  let before = (await sizeOf(part)) ?? 0
  let reached = before
  const isForward = (): boolean => {
    const isFurther = reached > before
    before = reached
    return isFurther
  }
  const onBytes = (bytes: number): void => {
    reached = bytes
    download.onBytes?.(bytes)
  }
  await persist(() => fetchRest({ ...download, onBytes }, part), download.access, retrying.download, isForward)
}

/** Fetches what is missing, in one request. */
async function fetchRest({ address, file, access, onBytes }: Download, part: string): Promise<void> {
  let have = (await sizeOf(part)) ?? 0
  if (have > file.bytes) {
    await rm(part)
    have = 0
  }
  if (have === file.bytes && have > 0) return
  const range: Record<string, string> = have === 0 ? {} : { range: `bytes=${have}-` }
  const answer = await hubGet(address, access, { 'accept-encoding': 'identity', ...range })
  const from = answer.status === 206 ? startOf(answer) : 0
  const isOver = answer.status === 416
  if (isOver || (from !== 0 && from !== have)) {
    await answer.leave()
    await rm(part, { force: true })
    if (isOver) throw new Retry(`${file.path} ends before the ${file.bytes} bytes that the Hub names`)
    throw new Retry('the server has another part of the file than was asked for')
  }
  const handle = await open(part, from === 0 ? 'w' : 'a').catch((error: unknown) => {
    throw storageError(error, part)
  })
  const onDisk = (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => {
      throw storageError(error, part)
    })
  let reached = from
  try {
    for await (const chunk of answer.pieces(file.path)) {
      await onDisk(handle.appendFile(chunk))
      reached += chunk.length
      onBytes?.(reached)
      if (reached > file.bytes) throw new Retry(`${file.path} is longer than the ${file.bytes} bytes that the Hub names`)
    }
    await onDisk(handle.sync())
  } finally {
    await handle.close()
  }
  if (reached < file.bytes) throw new Retry(`${file.path} ended after ${reached} of ${file.bytes} bytes`)
}

/** The first byte of a partial answer; NaN: it doesn't say. */
const startOf = ({ headers }: HubAnswer): number => Number(/^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1] ?? Number.NaN)

const sizeOf = async (path: string): Promise<number | null> => (await stat(path).catch(() => null))?.size ?? null

/** Whether a file has the size and the hash that the Hub names. A small file's is that of a Git blob: of "blob SIZE\0" and the content. */
async function isIntact(path: string, { bytes, sha256, gitSha1 }: HubFile): Promise<boolean> {
  if ((await sizeOf(path)) !== bytes) return bytes === 0
  if (sha256 === null && gitSha1 === null) return true
  const hash = createHash(sha256 === null ? 'sha1' : 'sha256')
  if (sha256 === null) hash.update(`blob ${bytes}\0`)
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex') === (sha256 ?? gitSha1)
}
