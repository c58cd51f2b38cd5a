import { badInput } from '../../shared/errors.ts'
import { guessedText } from './guessed-encoding.ts'

/** The encodings that are guessed, as their texts are named. */
const labels: Readonly<Record<string, string>> = {
  ...{ 'windows-1252': 'Windows-1252', 'windows-1251': 'Windows-1251', 'windows-1253': 'Windows-1253', 'koi8-r': 'KOI8-R' },
  ...{ shift_jis: 'Shift_JIS', 'euc-jp': 'EUC-JP', 'euc-kr': 'EUC-KR', gb18030: 'GB18030', big5: 'Big5' },
}

/** A file's text, and how its bytes were read, where that isn't UTF-8. */
interface DecodedText {
  readonly text: string
  readonly note?: string
}

/**
 * The text of a table. Without a named encoding it is UTF-8, UTF-16 or UTF-32 by its byte-order mark, UTF-16 by its zeros, or a guess if it
 * isn't valid UTF-8. Text that is mostly valid UTF-8 is damaged, not in another encoding. Throws BAD_INPUT if the bytes don't fit the encoding.
 */
export function decodedText(path: string, bytes: Uint8Array, encoding?: string): DecodedText {
  if (encoding !== undefined) return { text: decodedAs(path, bytes, encoding) }
  const wide = wideEncoding(bytes)
  if (wide === 'utf-32') throw badInput(`${path} is UTF-32 text`, 'Save it as UTF-8.')
  if (wide !== undefined) return { text: decodedAs(path, bytes, wide), note: `The file is read as ${wide.toUpperCase()}.` }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    const line = damagedLine(bytes)
    if (line !== undefined)
      throw badInput(`${path}:${line}: not valid UTF-8, but the rest of the file is`, 'Fix the line, or choose an encoding.')
    const { text, encoding: guessed } = guessedText(bytes)
    return { text, note: `The file isn’t UTF-8 and is read as ${labels[guessed]}. If letters are wrong, choose its encoding.` }
  }
}

function decodedAs(path: string, bytes: Uint8Array, encoding: string): string {
  let decoder: InstanceType<typeof TextDecoder>
  try {
    decoder = new TextDecoder(encoding, { fatal: true })
  } catch {
    throw badInput(`Unknown encoding "${encoding}"`, 'Choose one such as utf-8, utf-16le, windows-1252, shift_jis, or gb18030.')
  }
  try {
    return decoder.decode(bytes)
  } catch {
    throw badInput(`${path} isn't ${encoding} text`, 'Choose another encoding.')
  }
}

function wideEncoding(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | 'utf-32' | undefined {
  const [a, b, c, d] = bytes
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff)) return 'utf-32'
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  // without a mark, each ASCII character has a zero byte before or after it
  if (a === 0 && b !== 0) return 'utf-16be'
  if (a !== 0 && b === 0) return 'utf-16le'
  return undefined
}

/** How many valid multibyte characters per invalid one make a file damaged UTF-8 and not another encoding. */
const mostlyValid = 4

/** The line of the first byte that isn't valid UTF-8, if the file otherwise is; undefined if it is in another encoding. */
function damagedLine(bytes: Uint8Array): number | undefined {
  const text = new TextDecoder('utf-8').decode(bytes)
  const [first] = /\uFFFD/.exec(text) ?? []
  const invalid = text.match(/\uFFFD/g)?.length ?? 0
  const valid = text.match(/[^\0-\x7F\uFFFD]/gu)?.length ?? 0
  if (first === undefined || valid < mostlyValid * invalid) return undefined
  return text.slice(0, text.indexOf(first)).split('\n').length
}
