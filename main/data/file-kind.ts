import { closeSync, openSync, readSync } from 'node:fs'
import { statOf } from '../common/file-identity.ts'
import type { JsonLine } from '../common/jsonl.ts'
import type { DataFormat } from '../shared/enums.ts'
import { badInput, LaurelError } from '../shared/errors.ts'
import { isObject } from '../shared/is-object.ts'
import { formats } from './formats.ts'
import { Fields } from './importers/fields.ts'

const bytesOf = (text: string): number[] => [...Buffer.from(text, 'latin1')]

const asUtf8 = 'Save it as UTF-8.'
const asJsonLines = 'Save it as JSON Lines.'
const unpack = 'Unpack it first.'

/** First bytes of other file types, for a better error than "not JSON". */
const strangers: readonly (readonly [start: readonly number[], what: string, remedy: string])[] = [
  [[0x1f, 0x8b], 'compressed with gzip', unpack],
  [[0x28, 0xb5, 0x2f, 0xfd], 'compressed with zstd', unpack],
  [bytesOf('BZh'), 'compressed with bzip2', unpack],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 'compressed with xz', unpack],
  [[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], 'a 7z archive', unpack],
  [[0x50, 0x4b, 0x03, 0x04], 'a zip archive (or an Excel workbook: save that as CSV UTF-8)', unpack],
  [[0x50, 0x4b, 0x05, 0x06], 'an empty zip archive', unpack],
  [[0xd0, 0xcf, 0x11, 0xe0], 'an old Excel workbook', 'Save it as CSV UTF-8.'],
  [bytesOf('PAR1'), 'a Parquet file', asJsonLines],
  [bytesOf('ARROW1'), 'an Arrow file', asJsonLines],
  [[0xff, 0xff, 0xff, 0xff], 'an Arrow file', asJsonLines],
  [bytesOf('FEA1'), 'a Feather file', asJsonLines],
  [bytesOf('ORC'), 'an ORC file', asJsonLines],
  [bytesOf('Obj\x01'), 'an Avro file', asJsonLines],
  [bytesOf('\x93NUMPY'), 'a NumPy file', asJsonLines],
  [bytesOf('\x89HDF'), 'an HDF5 file', asJsonLines],
  [bytesOf('SQLite format 3'), 'a SQLite database', asJsonLines],
  [bytesOf('%PDF'), 'a PDF document', 'Choose a JSON, JSON Lines, or CSV file.'],
  [bytesOf('version https://git-lfs'), 'a Git LFS pointer, not the file itself', 'Get the file with: git lfs pull.'],
  [[0xff, 0xfe, 0x00, 0x00], 'UTF-32 text', asUtf8],
  [[0x00, 0x00, 0xfe, 0xff], 'UTF-32 text', asUtf8],
  [[0xff, 0xfe], 'UTF-16 text', asUtf8],
  [[0xfe, 0xff], 'UTF-16 text', asUtf8],
]

const headBytes = 4096

/**
 * A file's first bytes. Throws NOT_FOUND if it doesn't exist, and BAD_INPUT if it can't be opened or is of an unsupported type, which the
 * error names.
 */
export function headOfData(path: string): Uint8Array {
  const stats = statOf(path)
  if (stats === undefined) throw new LaurelError('NOT_FOUND', `${path}: file not found`, 'Check the path.')
  if (!stats.isFile()) throw badInput(`${path} isn't a file`, 'Choose a JSON, JSON Lines, or CSV file.')
  const head = readHead(path)
  const stranger = strangers.find(([start]) => start.every((byte, i) => head[i] === byte))
  if (stranger !== undefined) throw badInput(`${path} is ${stranger[1]}`, stranger[2])
  if (isWideText(head)) throw badInput(`${path} is UTF-16 text`, asUtf8)
  if (/^\s*<(!doctype|html)/i.test(Buffer.from(head.subarray(0, 64)).toString('latin1')))
    throw badInput(`${path} is a web page (HTML), not data`, 'Download the file itself.')
  return head
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

/** How many rows at the start of a file to inspect: enough that a few bad ones don't decide. */
const rowsToLookAt = 50

const signs = Object.entries(formats) as [DataFormat, (typeof formats)[DataFormat]][]

/** The format of most of the first rows; undefined if none matches. In a tie, the more specific format wins. */
export function detectFormat(rows: readonly JsonLine[]): DataFormat | undefined {
  const votes = new Map<DataFormat, number>()
  for (const { value } of rows.slice(0, rowsToLookAt)) {
    const row = isObject(value) ? new Fields(value) : undefined
    const format = row && signs.find(([, { matches }]) => matches(row))?.[0]
    if (format !== undefined) votes.set(format, (votes.get(format) ?? 0) + 1)
  }
  const most = Math.max(0, ...votes.values())
  return signs.find(([format]) => votes.get(format) === most)?.[0]
}
