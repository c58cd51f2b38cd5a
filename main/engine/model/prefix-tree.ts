/** Tokens shared by some sequences at this position, or unique to one. */
interface Segment {
  readonly tokens: readonly number[]
  readonly parent: number // the preceding segment, or -1
  readonly depth: number // tokens before it
}

/** Radix tree of sequences: each shared prefix is one segment and is computed once. */
export interface PrefixTree {
  readonly segments: readonly Segment[] // parents before children, subtrees contiguous
  readonly endOf: readonly number[] // each sequence's last segment
}

interface Node {
  tokens: readonly number[]
  children: Node[]
  ends: number[] // sequences ending in this node
}

/** Shorter shared prefixes aren't worth a segment, because attention processes keys in blocks. */
const LEAST_SHARED = 8

/**
 * Merge shared prefixes. A token's hidden state depends only on the tokens before it, so a prompt's candidates, the two responses of a
 * pair, and all judge prompts with the same rubric compute their common prefix once.
 */
export function prefixTree(sequences: readonly (readonly number[])[], leastShared = LEAST_SHARED): PrefixTree {
  const roots: Node[] = []
  sequences.forEach((sequence, s) => {
    insert(roots, sequence, s, leastShared)
  })
  return numbered(roots, sequences.length)
}

/** One segment per sequence, without sharing: a baseline for tests. */
export function separate(sequences: readonly (readonly number[])[]): PrefixTree {
  return { segments: sequences.map((tokens) => ({ tokens, parent: -1, depth: 0 })), endOf: sequences.map((_, s) => s) }
}

function insert(roots: Node[], sequence: readonly number[], index: number, leastShared: number): void {
  let siblings = roots
  let rest = sequence
  for (;;) {
    const { node, common } = closest(siblings, rest)
    if (!node || (common < leastShared && common < node.tokens.length)) {
      siblings.push({ tokens: rest, children: [], ends: [index] })
      return
    }
    if (common < node.tokens.length) split(node, common)
    rest = rest.slice(common)
    if (rest.length === 0) {
      node.ends.push(index)
      return
    }
    siblings = node.children
  }
}

function closest(nodes: readonly Node[], tokens: readonly number[]): { node: Node | null; common: number } {
  let node: Node | null = null
  let common = 0
  for (const candidate of nodes) {
    const length = commonLength(candidate.tokens, tokens)
    if (length > common) {
      node = candidate
      common = length
    }
  }
  return { node, common }
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  const limit = Math.min(a.length, b.length)
  let i = 0
  while (i < limit && a[i] === b[i]) i++
  return i
}

/** Split a node in two: the first `at` tokens stay, the rest becomes its only child. */
function split(node: Node, at: number): void {
  node.children = [{ tokens: node.tokens.slice(at), children: node.children, ends: node.ends }]
  node.tokens = node.tokens.slice(0, at)
  node.ends = []
}

function numbered(roots: readonly Node[], sequences: number): PrefixTree {
  const segments: Segment[] = []
  const endOf = new Array<number>(sequences)
  const stack = roots.map((node) => ({ node, parent: -1, depth: 0 })).reverse()
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { node, parent, depth } = next
    const id = segments.push({ tokens: node.tokens, parent, depth }) - 1
    for (const sequence of node.ends) endOf[sequence] = id
    const below = depth + node.tokens.length
    for (let i = node.children.length - 1; i >= 0; i--) stack.push({ node: node.children[i], parent: id, depth: below })
  }
  return { segments, endOf }
}

/** Segments from the root to `segment`, inclusive. */
export function pathTo(tree: PrefixTree, segment: number): number[] {
  const path: number[] = []
  for (let at = segment; at !== -1; at = tree.segments[at].parent) path.push(at)
  return path.reverse()
}
