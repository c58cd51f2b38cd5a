/** Tokens that some sequences have in common at this place, or that one has alone. */
export interface Segment {
  readonly tokens: readonly number[]
  readonly parent: number // the segment before it, or -1
  readonly depth: number // tokens before it
}

/** Sequences as a tree of their common beginnings: each segment is computed once, whoever shares it. */
export interface PrefixTree {
  readonly segments: readonly Segment[] // parents before their children, a subtree together
  readonly endOf: readonly number[] // the segment in which each sequence ends
}

interface Node {
  tokens: readonly number[]
  children: Node[]
  ends: number[] // sequences that end with this node
}

/** A shorter common beginning is not worth the segment: attention works through keys in blocks. */
const LEAST_SHARED = 8

/**
 * Merge common beginnings. What a token's hidden state is depends on the tokens before it alone, so a prompt's candidates, the two responses
 * of a pair and all judge prompts with one rubric each need their common part only once.
 */
export function prefixTree(sequences: readonly (readonly number[])[], leastShared = LEAST_SHARED): PrefixTree {
  const roots: Node[] = []
  sequences.forEach((sequence, s) => {
    insert(roots, sequence, s, leastShared)
  })
  return numbered(roots, sequences.length)
}

/** Every sequence a segment of its own: what sharing is compared to. */
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

/** Cut a node in two: the first `at` tokens stay, the rest becomes its only child. */
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

/** The segments from the root to `segment`, itself included. */
export function pathTo(tree: PrefixTree, segment: number): number[] {
  const path: number[] = []
  for (let at = segment; at !== -1; at = tree.segments[at].parent) path.push(at)
  return path.reverse()
}
