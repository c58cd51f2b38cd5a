/** What speaks for an encoding of several bytes per character. */
interface WideForm {
  readonly encoding: string
  /** The characters that its texts have. */
  readonly own: RegExp
  /** Their least share of the characters that aren't ASCII. */
  readonly share: number
  /** Least bytes above 127 per such character: one that takes an ASCII byte is probably a letter of one byte and its neighbor. */
  readonly highBytes: number
}

/** In this order: what is valid in one is often valid in a later one, too. */
const wideForms: readonly WideForm[] = [
  { encoding: 'euc-jp', own: /[\u3040-\u30FF]/g, share: 0.2, highBytes: 1.9 },
  { encoding: 'shift_jis', own: /[\u3040-\u30FF]/g, share: 0.2, highBytes: 1.2 },
  { encoding: 'euc-kr', own: /[\uAC00-\uD7A3]/g, share: 0.9, highBytes: 1.9 },
  { encoding: 'gb18030', own: /[\u2010-\u2026\u3000-\u303F\u4E00-\u9FFF\uFF00-\uFFEF]/g, share: 0.9, highBytes: 1.9 },
  { encoding: 'big5', own: /[\u2010-\u2026\u3000-\u303F\u4E00-\u9FFF\uFF00-\uFFEF]/g, share: 0.9, highBytes: 1.3 },
]

/** Alphabets other than the Latin one, in encodings of one byte per letter. */
const alphabets = ['windows-1251', 'koi8-r', 'windows-1253']

/** Fewer characters above 127 say too little. */
const fewest = 10

/** How much of a file is looked at. */
const sampleBytes = 1 << 16

/**
 * A text that is neither UTF-8 nor UTF-16, in its most likely encoding: one of East Asia, Cyrillic, or Greek if the characters that it would
 * have are those of such texts, and Windows-1252 otherwise.
 */
export function guessedText(bytes: Uint8Array): { readonly text: string; readonly encoding: string } {
  const end = bytes.subarray(0, sampleBytes).lastIndexOf(newline) // so that no character is cut
  const encoding = guessedEncoding(bytes.length <= sampleBytes || end === -1 ? bytes : bytes.subarray(0, end))
  const text = decoded(bytes, encoding)
  return text === undefined ? { text: new TextDecoder(usual).decode(bytes), encoding: usual } : { text, encoding }
}

const newline = 0x0a
const usual = 'windows-1252'

function guessedEncoding(bytes: Uint8Array): string {
  const high = bytes.reduce((count, byte) => count + (byte > 127 ? 1 : 0), 0)
  const beside = besideAnother(bytes)
  if (high < fewest || beside < 0.75 * high) return usual // single accented letters
  const wide = wideForms.find(({ encoding, own, share, highBytes }) => {
    const characters = decoded(bytes, encoding)?.replace(/[\0-\x7F]/g, '')
    if (characters === undefined || high < highBytes * characters.length) return false
    return (characters.match(own)?.length ?? 0) >= share * characters.length
  })
  if (wide !== undefined) return wide.encoding
  if (beside < 0.85 * high) return usual // "ção" has two
  const breaks = alphabets.map((encoding) => ({ encoding, count: caseBreaks(decoded(bytes, encoding)) }))
  return breaks.reduce((best, one) => (one.count < best.count ? one : best)).encoding
}

function decoded(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** How many bytes above 127 have another one before or after them. */
const besideAnother = (bytes: Uint8Array): number =>
  bytes.reduce((count, byte, i) => count + (byte > 127 && ((bytes[i - 1] ?? 0) > 127 || (bytes[i + 1] ?? 0) > 127) ? 1 : 0), 0)

/** Capitals within words and signs beside letters, which a wrong alphabet has many of. */
const caseBreaks = (text: string | undefined): number =>
  text === undefined ? Number.POSITIVE_INFINITY : (text.match(/\p{Ll}\p{Lu}|\p{L}[^\p{L}\p{M}\0-\x7F]\p{L}/gu)?.length ?? 0)
