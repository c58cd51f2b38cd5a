import { randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { homePaths } from '../../common/home.ts'
import { isAlive } from '../../common/process-identity.ts'
import { largestUpload } from '../../shared/contract/datasets-contract.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'

interface Upload {
  readonly name: string
  readonly path: string
  readonly bytes: number
  received: number
  touched: number
}

/** Maximum number of open uploads. One more replaces the one that has been idle longest. */
const mostOpen = 16

/** Milliseconds until an idle upload expires. */
const patience = 60 * 60_000

/**
 * Uploads from the browser, written piece by piece to a temporary file. A piece may arrive twice (the page can't know what arrived before a
 * disconnect), but none may be missing.
 */
export function uploads(home: string) {
  const folder = join(homePaths(home).uploads, String(process.pid))
  const known = new Map<string, Upload>()
  removeAbandoned(homePaths(home).uploads)

  function find(id: string): Upload {
    const upload = known.get(id)
    if (upload !== undefined) return upload
    throw new LaurelError('NOT_FOUND', 'The upload has expired.', 'Choose the file again.')
  }

  function drop(id: string): void {
    const upload = known.get(id)
    known.delete(id)
    if (upload !== undefined) rmSync(upload.path, { force: true })
  }

  function dropForgotten(now = Date.now()): void {
    for (const [id, { touched }] of known) if (now - touched > patience) drop(id)
  }

  function makeRoom(): void {
    dropForgotten()
    const idle = [...known].sort(([, a], [, b]) => a.touched - b.touched)
    for (const [id] of idle.slice(0, Math.max(0, idle.length - mostOpen + 1))) drop(id)
  }

  /** Bytes that open uploads have yet to send. */
  const promised = (): number => [...known.values()].reduce((sum, { bytes, received }) => sum + bytes - received, 0)

  return {
    begin({ name, bytes }: { name: string; bytes: number }): { id: string } {
      if (bytes > largestUpload) {
        throw badInput(
          `${name} is ${megabytes(bytes)}; uploads must not exceed ${megabytes(largestUpload)}.`,
          'Copy it to the machine and import it from there.',
        )
      }
      makeRoom()
      mkdirSync(folder, { recursive: true })
      const { bavail, bsize } = statfsSync(folder)
      if (bavail * bsize < 2 * bytes + promised())
        throw new LaurelError('DISK_FULL', `The disk has no room for ${megabytes(bytes)}.`, 'Free disk space.')
      const id = randomUUID()
      const path = join(folder, `${id}${ending(name)}`)
      writeFileSync(path, '')
      known.set(id, { name: basename(name), path, bytes, received: 0, touched: Date.now() })
      return { id }
    },

    piece({ id, at, content }: { id: string; at: number; content: string }): { received: number } {
      const upload = find(id)
      const bytes = Buffer.from(content, 'base64')
      if (bytes.toString('base64') !== content) throw badInput('Part of the upload arrived damaged.', 'Choose the file again.')
      if (at > upload.received) throw badInput('Part of the upload is missing.', 'Choose the file again.')
      const fresh = bytes.subarray(upload.received - at)
      if (upload.received + fresh.length > upload.bytes) throw badInput('Upload is larger than declared.', 'Choose the file again.')
      appendFileSync(upload.path, fresh)
      upload.received += fresh.length
      upload.touched = Date.now()
      return { received: upload.received }
    },

    /** A completed upload. */
    file(id: string): { path: string; name: string } {
      const upload = find(id)
      if (upload.received < upload.bytes) throw badInput('Upload incomplete.', 'Choose the file again.')
      upload.touched = Date.now()
      return { path: upload.path, name: upload.name }
    },

    drop,
    close(): void {
      for (const id of known.keys()) drop(id)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
export type Uploads = ReturnType<typeof uploads>

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`

/** Deletes uploads of processes that are gone. */
function removeAbandoned(folder: string): void {
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) {
    const isOwn = Number(name) === process.pid // left by an earlier process with the same id: this one has only just started
    if (isOwn || !isAlive(Number(name), '')) rmSync(join(folder, name), { recursive: true, force: true })
  }
}

/** The extension (".csv.gz"), which tells the file type; no other part of the user's file name reaches the disk. */
const ending = (name: string): string => /(\.[a-z]{1,8}\.(gz|zst)|\.[a-z]{1,8})$/i.exec(name)?.[0].toLowerCase() ?? ''
