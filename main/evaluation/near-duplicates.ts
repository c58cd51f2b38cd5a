import { bits, commonSubsequence } from './rouge-l.ts'

/** A text that is nearly the same as an earlier one. */
export interface NearDuplicate {
  readonly index: number
  /** The earlier text, which isn't itself a near-duplicate. */
  readonly of: number
  /** ROUGE-L F1 of the two. */
  readonly score: number
}

/** Tokens compared per text: a longer text is judged by its beginning. */
const mostTokens = 512
/** Candidates compared per text, the newest first: texts of one template can have thousands. */
const mostCandidates = 2000
const bands = 40
const rowsPerBand = 4
/** Signatures have 128 bits. */
const signatureWords = 4

/** Runs of letters and digits in any script; characters of scripts without spaces by themselves. */
const tokenPattern = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai}|[\p{L}\p{M}\p{N}]+/gu

/**
 * Which texts have a ROUGE-L F1 above `threshold` with an earlier text that is kept, in order: each text is compared to kept ones, and is kept
 * itself if none is that similar. Instead of all, it is compared to those that MinHash with banding finds (Broder 1997; Leskovec et al., Mining
 * of Massive Datasets, 3.4): an F1 of f needs a Jaccard similarity j of at least f / (2 - f) between the sets of tokens, and 40 bands of 4
 * hashes find such a text with probability 1 - (1 - j^4)^40: 0.97 for f = 0.7, 0.996 for 0.75, and 0.9999 for 0.82. What is reported is above
 * the threshold, and the same in every run.
 *
 * A text's first 512 tokens count. Texts without tokens are never near-duplicates.
 */
export function nearDuplicates(texts: readonly string[], threshold = 0.7): NearDuplicate[] {
  const documents = numbered(texts)
  const counts = Uint16Array.from(documents, ({ length }) => length) // small enough to stay in the processor's cache
  const index = bandIndex(texts.length)
  const signatures = new Uint32Array(texts.length * signatureWords)
  const keys = new Uint32Array(bands)
  const found: NearDuplicate[] = []
  for (const [place, document] of documents.entries()) {
    if (document.length === 0) continue
    sign(document, signatures, place * signatureWords)
    bandKeys(document, keys)
    let common: ReturnType<typeof commonSubsequence> | undefined
    let best: NearDuplicate | undefined
    const candidates = index.sharing(keys, place)
    for (const other of candidates) {
      const lengths = document.length + counts[other]
      const bar: number = best?.score ?? threshold
      // L is at most the shorter text's length, and at most what the two share: tokens of only one of them flip at most one bit each
      if ((2 * Math.min(document.length, counts[other])) / lengths <= bar) continue
      if (differentBits(signatures, place, other) > lengths * (1 - bar)) continue
      common ??= commonSubsequence(document)
      const score = (2 * common(documents[other])) / lengths
      if (score > bar) best = { index: place, of: other, score }
    }
    if (best !== undefined) found.push(best)
    else index.add(place, keys)
  }
  return found
}

/** Texts as numbers of tokens. */
function numbered(texts: readonly string[]): Uint32Array[] {
  const ids = new Map<string, number>()
  return texts.map((text) => {
    const tokens = (text.toLowerCase().match(tokenPattern) ?? []).slice(0, mostTokens)
    return Uint32Array.from(tokens, (token) => {
      const id = ids.get(token) ?? ids.size
      if (id === ids.size) ids.set(token, id)
      return id
    })
  })
}

/** Murmur3's finalizer: every bit of the input changes half of the output's. */
function mixed(value: number): number {
  let x = value
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

const hashes = bands * rowsPerBand
const seeds = Uint32Array.from({ length: hashes }, (_, i) => mixed(i + 1))
const lowest = new Uint32Array(hashes)

/** A text's key in each band: the smallest values of the band's hashes over the text's tokens. A repeated token is another element. */
function bandKeys(document: Uint32Array, keys: Uint32Array): void {
  lowest.fill(0xffffffff)
  const times = new Map<number, number>()
  for (const token of document) {
    const time = times.get(token) ?? 0
    times.set(token, time + 1)
    const element = mixed(Math.imul(token, mostTokens) + time)
    for (let i = 0; i < hashes; i++) {
      let x = Math.imul(element ^ seeds[i], 0x9e3779b1)
      x = (x ^ (x >>> 15)) >>> 0
      if (x < lowest[i]) lowest[i] = x
    }
  }
  for (let band = 0; band < bands; band++) {
    let key = band
    for (let row = 0; row < rowsPerBand; row++) key = mixed(key ^ lowest[band * rowsPerBand + row])
    keys[band] = key
  }
}

/** Texts by band and key, in chains: arrays of numbers, since millions of lists would take hundreds of megabytes. */
function bandIndex(capacity: number) {
  const slots = 2 ** Math.ceil(Math.log2(2 * capacity + 1))
  const heads = new Int32Array(bands * slots).fill(-1)
  const next = new Int32Array(bands * capacity)
  const stored = new Uint32Array(bands * capacity)
  const seen = new Int32Array(capacity).fill(-1) // the text for which a text was last looked at
  const shared = new Uint32Array(mostCandidates)
  return {
    add(place: number, keys: Uint32Array): void {
      for (let band = 0; band < bands; band++) {
        const head = band * slots + (keys[band] & (slots - 1))
        const entry = band * capacity + place
        stored[entry] = keys[band]
        next[entry] = heads[head]
        heads[head] = place
      }
    },
    /** The texts that share a band's key with a text, the newest of each band first, at most `mostCandidates`. Valid until the next call. */
    sharing(keys: Uint32Array, text: number): Uint32Array {
      let count = 0
      for (let band = 0; band < bands; band++) {
        const from = band * capacity
        const key = keys[band]
        for (let place = heads[band * slots + (key & (slots - 1))]; place !== -1; place = next[from + place]) {
          if (seen[place] === text || stored[from + place] !== key) continue
          seen[place] = text
          shared[count] = place
          if (++count === mostCandidates) return shared
        }
      }
      return shared.subarray(0, count)
    },
  }
}

/** Each token flips one bit. */
function sign(document: Uint32Array, signatures: Uint32Array, at: number): void {
  for (const token of document) {
    const bit = Math.imul(token, 0x9e3779b1) >>> 25
    signatures[at + (bit >>> 5)] ^= 1 << (bit & 31)
  }
}

function differentBits(signatures: Uint32Array, a: number, b: number): number {
  let count = 0
  for (let word = 0; word < signatureWords; word++)
    count += bits(signatures[a * signatureWords + word] ^ signatures[b * signatureWords + word])
  return count
}
