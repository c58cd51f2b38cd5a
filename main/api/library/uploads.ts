import { randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { badInput, LaurelError } from '../../common/errors.ts'
import { homePaths } from '../../common/home.ts'
import { isAlive } from '../../common/process-identity.ts'
import { largestUpload } from '../contract/data.ts'

interface Upload {
  readonly name: string
  readonly path: string
  readonly bytes: number
  received: number
  touched: number
}

/** How many files may be on their way at a time. One more takes the place of the one that has been idle longest. */
const mostOpen = 16

/** How long an upload is kept that doesn't go on, milliseconds. */
const patience = 60 * 60_000

/**
 * Files on their way from a window: piece by piece into a temporary file. Pieces may come twice (a connection broke and the window does not
 * know what arrived), but none may be left out.
 */
export function uploads(home: string) {
  const folder = join(homePaths(home).uploads, String(process.pid))
  const known = new Map<string, Upload>()
  removeAbandoned(homePaths(home).uploads)

  function find(id: string): Upload {
    const upload = known.get(id)
    if (upload !== undefined) return upload
    throw new LaurelError('NOT_FOUND', 'The file that was being sent is not here any more.', 'Choose the file again.')
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

  /** Bytes that are still to come of the files on their way. */
  const promised = (): number => [...known.values()].reduce((sum, { bytes, received }) => sum + bytes - received, 0)

  return {
    begin({ name, bytes }: { name: string; bytes: number }): { id: string } {
      if (bytes > largestUpload) {
        throw badInput(
          `${name} has ${megabytes(bytes)}; at most ${megabytes(largestUpload)} can be sent.`,
          'Copy it to the machine and import it from there.',
        )
      }
      makeRoom()
      mkdirSync(folder, { recursive: true })
      const { bavail, bsize } = statfsSync(folder)
      if (bavail * bsize < 2 * bytes + promised())
        throw new LaurelError('DISK_FULL', `There is no room for ${megabytes(bytes)}.`, 'Free disk space.')
      const id = randomUUID()
      const path = join(folder, `${id}${ending(name)}`)
      writeFileSync(path, '')
      known.set(id, { name: basename(name), path, bytes, received: 0, touched: Date.now() })
      return { id }
    },

    piece({ id, at, content }: { id: string; at: number; content: string }): { received: number } {
      const upload = find(id)
      const bytes = Buffer.from(content, 'base64')
      if (bytes.toString('base64') !== content) throw badInput('A piece of the file arrived damaged.', 'Choose the file again.')
      if (at > upload.received) throw badInput('A piece of the file is missing.', 'Choose the file again.')
      const fresh = bytes.subarray(upload.received - at)
      if (upload.received + fresh.length > upload.bytes) throw badInput('More came than the file holds.', 'Choose the file again.')
      appendFileSync(upload.path, fresh)
      upload.received += fresh.length
      upload.touched = Date.now()
      return { received: upload.received }
    },

    /** A file that has come whole. */
    file(id: string): { path: string; name: string } {
      const upload = find(id)
      if (upload.received < upload.bytes) throw badInput('The file has not come whole.', 'Choose the file again.')
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

/** Files of processes that ended in the middle. */
function removeAbandoned(folder: string): void {
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) {
    const isOwn = Number(name) === process.pid // of an earlier process that had the same number: this one has only begun
    if (isOwn || !isAlive(Number(name), '')) rmSync(join(folder, name), { recursive: true, force: true })
  }
}

/** The part of a name that says what a file is; nothing else of it reaches the disk. */
const ending = (name: string): string => /\.[a-z]{1,8}$/i.exec(name)?.[0].toLowerCase() ?? ''
