import { closeSync, openSync, readSync } from 'node:fs'
import { statOf } from '../../common/file-identity.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'

/** How a file's content is stored, by its first bytes. */
export type FileKind = 'text' | 'wide text' | 'parquet' | 'arrow' | 'gzip' | 'zstd'

const bytesOf = (text: string): number[] => [...Buffer.from(text, 'latin1')]

type Start = readonly number[]

const kinds: readonly (readonly [start: Start, kind: FileKind])[] = [
  [[0x1f, 0x8b], 'gzip'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd'],
  [bytesOf('PAR1'), 'parquet'],
  [bytesOf('ARROW1'), 'arrow'],
  [[0xff, 0xff, 0xff, 0xff], 'arrow'], // a stream
]

const asJsonLines = 'Save it as JSON Lines.'
const unpack = 'Unpack it first, or compress it with gzip or zstd.'

/** First bytes of other file types, for a better error than "not JSON". */
const strangers: readonly (readonly [start: Start, what: string, remedy: string])[] = [
  [bytesOf('BZh'), 'compressed with bzip2', unpack],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 'compressed with xz', unpack],
  [[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], 'a 7z archive', unpack],
  [[0x50, 0x4b, 0x03, 0x04], 'a zip archive (or an Excel workbook: save that as CSV UTF-8)', unpack],
  [[0x50, 0x4b, 0x05, 0x06], 'an empty zip archive', unpack],
  [[0xd0, 0xcf, 0x11, 0xe0], 'an old Excel workbook', 'Save it as CSV UTF-8.'],
  [bytesOf('PARE'), 'an encrypted Parquet file', asJsonLines],
  [bytesOf('FEA1'), 'a Feather file', asJsonLines],
  [bytesOf('ORC'), 'an ORC file', asJsonLines],
  [bytesOf('Obj\x01'), 'an Avro file', asJsonLines],
  [bytesOf('\x93NUMPY'), 'a NumPy file', asJsonLines],
  [bytesOf('\x89HDF'), 'an HDF5 file', asJsonLines],
  [bytesOf('SQLite format 3'), 'a SQLite database', asJsonLines],
  [bytesOf('%PDF'), 'a PDF document', 'Choose a JSON, JSON Lines, CSV, Parquet, or Arrow file.'],
  [bytesOf('version https://git-lfs'), 'a Git LFS pointer, not the file itself', 'Get the file with: git lfs pull.'],
]

/** Byte-order marks of UTF-32 and UTF-16. */
const wideMarks: readonly Start[] = [
  [0xff, 0xfe],
  [0xfe, 0xff],
  [0x00, 0x00, 0xfe, 0xff],
]

const headBytes = 4096

interface FileHead {
  readonly bytes: Uint8Array
  readonly kind: FileKind
}

/**
 * A file's first bytes, and what they show. Throws NOT_FOUND if it doesn't exist, and BAD_INPUT if it can't be opened or is of an
 * unsupported type, which the error names.
 */
export function headOfData(path: string): FileHead {
  const stats = statOf(path)
  if (stats === undefined) throw new LaurelError('NOT_FOUND', `${path}: file not found`, 'Check the path.')
  if (!stats.isFile()) throw badInput(`${path} isn't a file`, 'Choose a JSON, JSON Lines, CSV, Parquet, or Arrow file.')
  const bytes = readHead(path)
  const startsWith = (start: Start): boolean => start.every((byte, i) => bytes[i] === byte)
  const kind = kinds.find(([start]) => startsWith(start))?.[1]
  if (kind !== undefined) return { bytes, kind }
  const stranger = strangers.find(([start]) => startsWith(start))
  if (stranger !== undefined) throw badInput(`${path} is ${stranger[1]}`, stranger[2])
  if (/^\s*<(!doctype|html)/i.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1')))
    throw badInput(`${path} is a web page (HTML), not data`, 'Download the file itself.')
  return { bytes, kind: wideMarks.some(startsWith) || isWideText(bytes) ? 'wide text' : 'text' }
}

/** UTF-16 without a byte-order mark: in ASCII text every other byte is zero. */
function isWideText(head: Uint8Array): boolean {
  const start = head.subarray(0, 64 - (64 % 2))
  if (start.length < 8) return false
  const zeros = (from: number): number => start.filter((byte, i) => i % 2 === from && byte === 0).length
  const half = start.length / 2
  return (zeros(1) > 0.8 * half && zeros(0) === 0) || (zeros(0) > 0.8 * half && zeros(1) === 0)
}

function readHead(path: string): Uint8Array {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    throw badInput(`Couldn't read ${path} (${(error as NodeJS.ErrnoException).code})`, 'Check that you have permission to read it.')
  }
  try {
    const head = new Uint8Array(headBytes)
    return head.subarray(0, readSync(file, head))
  } finally {
    closeSync(file)
  }
}
