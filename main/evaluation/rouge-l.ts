/**
 * ROUGE-L of two texts (Lin 2004), as Google's rouge-score computes it without stemming: with L the length of the longest common
 * subsequence of their tokens, precision = L / |b|, recall = L / |a|, and F1 = 2 L / (|a| + |b|). Symmetric. 0 if either text has no
 * tokens.
 */
export function rougeL(a: string, b: string): number {
  const { idOf } = numbering()
  const left = rougeTokens(a).map(idOf)
  const right = Uint32Array.from(rougeTokens(b), idOf)
  return f1(commonSubsequence(left)(right), left.length + right.length)
}

/** rouge-score's tokens: the runs of ASCII letters and digits in the lowercased text. Everything else is a separator. */
export const rougeTokens = (text: string): string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? []

/** The most similar text: its index in insertion order, and the ROUGE-L F1. */
interface Neighbor {
  readonly index: number
  readonly score: number
}

/** A set of texts with fast lookup of the most similar one. */
interface RougeIndex {
  readonly size: number
  add(text: string): void
  /** The most similar text (the first of equals) if its score is above `above`, else null. A high `above` is much faster. */
  nearest(text: string, above?: number): Neighbor | null
}

/**
 * An index for the prompt filter, which checks for each new prompt whether an earlier one is too similar. Exact, and fast for three
 * reasons: an inverted index counts the tokens a text shares with each other one, an upper bound of L; only texts that could beat the best
 * score so far are compared; and L is computed 32 tokens at a time.
 */
export function rougeIndex(): RougeIndex {
  const { ids, idOf } = numbering()
  const texts: Uint32Array[] = []
  /** Per token, the texts that contain it with the count, as [text, times, text, times, ...]. */
  const postings: number[][] = []

  /** For each text, the number of tokens it shares with the counted ones, with repetitions. */
  const overlaps = (counts: ReadonlyMap<number, number>): Uint32Array => {
    const shared = new Uint32Array(texts.length)
    for (const [id, count] of counts) {
      const list = postings[id]
      for (let k = 0; k < list.length; k += 2) shared[list[k]] += Math.min(list[k + 1], count)
    }
    return shared
  }

  return {
    get size() {
      return texts.length
    },
    add(text) {
      const tokens = Uint32Array.from(rougeTokens(text), idOf)
      for (const [id, count] of countsOf(tokens)) {
        postings[id] ??= []
        postings[id].push(texts.length, count)
      }
      texts.push(tokens)
    },
    nearest(text, above = 0) {
      const words = rougeTokens(text)
      const tokens = words.map((word) => ids.get(word) ?? -1) // -1: a token in no text; matches nothing
      const known = tokens.filter((id) => id >= 0)
      const shared = overlaps(countsOf(known))
      const commonLength = commonSubsequence(known)
      let best: Neighbor | null = null
      let bar = above
      for (let index = 0; index < texts.length; index++) {
        const lengths = words.length + texts[index].length
        if (f1(shared[index], lengths) <= bar) continue
        const score = f1(commonLength(texts[index]), lengths)
        if (score > bar) {
          best = { index, score }
          bar = score
        }
      }
      return best
    },
  }
}

/** Numbers tokens in order of first appearance. */
function numbering(): { ids: ReadonlyMap<string, number>; idOf: (token: string) => number } {
  const ids = new Map<string, number>()
  const idOf = (token: string): number => {
    const id = ids.get(token) ?? ids.size
    if (id === ids.size) ids.set(token, id)
    return id
  }
  return { ids, idOf }
}

const f1 = (common: number, lengths: number): number => (lengths === 0 ? 0 : (2 * common) / lengths)

function countsOf(ids: Iterable<number>): Map<number, number> {
  const counts = new Map<number, number>()
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}

/**
 * The length of the longest common subsequence of `tokens` with other token lists, by Hyyro's bit-parallel recurrence (2004). With one bit
 * per token of `tokens`, initially all ones, each token t of the other list updates
 *
 *     u = v & mask(t);   v = (v + u) | (v - u)
 *
 * and L is the final number of zero bits. `v` spans several 32-bit words; the addition carries from word to word.
 */
export function commonSubsequence(tokens: ArrayLike<number> & Iterable<number>): (other: Uint32Array) => number {
  const words = Math.ceil(tokens.length / 32)
  const masks = new Map<number, Uint32Array>()
  for (let place = 0; place < tokens.length; place++) {
    const mask = masks.get(tokens[place]) ?? new Uint32Array(words)
    mask[place >>> 5] |= 1 << (place & 31)
    masks.set(tokens[place], mask)
  }
  const v = new Uint32Array(words)
  return (other) => {
    v.fill(0xffffffff)
    for (const id of other) {
      const mask = masks.get(id)
      if (mask === undefined) continue
      let carry = 0
      for (let w = 0; w < words; w++) {
        const u = (v[w] & mask[w]) >>> 0
        const sum = v[w] + u + carry // below 2^33: exact in a double
        carry = sum > 0xffffffff ? 1 : 0
        v[w] = sum | (v[w] & ~mask[w]) // Uint32Array keeps the low 32 bits of the sum
      }
    }
    let zeros = 0
    for (let w = 0; w < words; w++) zeros += 32 - bits(v[w])
    return zeros // bits above tokens.length stay ones: no mask covers them
  }
}

/** The number of one bits of a 32-bit word. */
export function bits(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555)
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333)
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
