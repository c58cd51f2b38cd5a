import { closeSync, readSync } from 'node:fs'
import { openPlainFile } from '../../../common/read-file.ts'
import { badInput, LaurelError } from '../../../shared/errors.ts'
import { progressed } from '../../backends/pulse.ts'

/** A file with positioned reads, so that large files are never loaded whole. */
export interface BinaryFile {
  readonly path: string
  readonly size: number
  /** Fill `into` with the bytes at `offset`. Throws BAD_INPUT past the end of the file, INTERNAL after `close`. */
  read(offset: number, into: Uint8Array): void
  close(): void
}

/** Throws NOT_FOUND or BAD_INPUT naming the path. */
export function openBinaryFile(path: string): BinaryFile {
  const { file, size } = openPlainFile(path)
  let open = true
  return {
    path,
    size,
    read(offset, into) {
      if (!open) throw new LaurelError('INTERNAL', `${path}: read after it was closed`, 'This is a bug in Laurel. Please report it.')
      for (let done = 0; done < into.length; ) {
        const count = readSync(file, into, done, Math.min(into.length - done, maxRead), offset + done)
        if (count === 0) throw truncated(path, `ends at byte ${offset + done}, before byte ${offset + into.length}`)
        done += count
        progressed()
      }
    },
    close() {
      if (open) closeSync(file)
      open = false
    },
  }
}

/** Error for a file that is shorter than its header says. */
export const truncated = (path: string, what: string): LaurelError =>
  badInput(`${path}: truncated: ${what}`, 'Copy or download the file again.')

const maxRead = 1 << 30 // every platform allows reads of just under 2 GiB
