import { replayMode } from '../backends/functions/replay.ts'
import type { Runs } from '../kernels/attention-runs.ts'
import { padTokens } from '../kernels/run-buckets.ts'
import { type PrefixTree, pathTo, prefixTree, separate } from './prefix-tree.ts'

/**
 * Memory layout of a set of sequences: packed without padding, shared prefixes once. Everything but attention processes tokens
 * independently; `runs` tells attention which keys each token sees.
 */
export interface Layout {
  readonly ids: Int32Array // [N]
  readonly positions: Int32Array // [N]
  /** One run per segment. Its keys are the packed tokens of the preceding segments and its own. */
  readonly runs: Runs
  /** Packed indices of each sequence's tokens, [its length]. */
  readonly places: readonly Int32Array[]
}

/** Lay out sequences, none of which may be empty. Where work is replayed, tokens without a meaning are appended up to a common size. */
export function layOut(sequences: readonly (readonly number[])[], { share }: { readonly share: boolean }): Layout {
  const tree = share ? prefixTree(sequences) : separate(sequences)
  const starts = startsOf(tree)
  const tokens = { ...packed(tree), runs: runsOf(tree, starts) }
  return { ...(replayMode() === 'none' ? tokens : padTokens(tokens, null)), places: tree.endOf.map((end) => placesOf(tree, starts, end)) }
}

function startsOf(tree: PrefixTree): number[] {
  const starts: number[] = []
  let at = 0
  for (const { tokens } of tree.segments) {
    starts.push(at)
    at += tokens.length
  }
  return starts
}

function packed({ segments }: PrefixTree): Pick<Layout, 'ids' | 'positions'> {
  const total = segments.reduce((sum, { tokens }) => sum + tokens.length, 0)
  const ids = new Int32Array(total)
  const positions = new Int32Array(total)
  let at = 0
  for (const { tokens, depth } of segments) {
    for (let i = 0; i < tokens.length; i++, at++) {
      ids[at] = tokens[i]
      positions[at] = depth + i
    }
  }
  return { ids, positions }
}

function runsOf(tree: PrefixTree, starts: readonly number[]): Runs {
  const runs: number[] = []
  const ranges: number[] = []
  tree.segments.forEach(({ tokens }, segment) => {
    const path = pathTo(tree, segment)
    runs.push(starts[segment], tokens.length, ranges.length / 2, path.length)
    for (const s of path) ranges.push(starts[s], tree.segments[s].tokens.length)
  })
  return { runs: Int32Array.from(runs), ranges: Int32Array.from(ranges) }
}

function placesOf(tree: PrefixTree, starts: readonly number[], end: number): Int32Array {
  const { depth, tokens } = tree.segments[end]
  const places = new Int32Array(depth + tokens.length)
  for (const segment of pathTo(tree, end)) {
    const { depth, tokens } = tree.segments[segment]
    for (let i = 0; i < tokens.length; i++) places[depth + i] = starts[segment] + i
  }
  return places
}
