import { LaurelError } from '../../../shared/errors.ts'
import { workgroupMemory } from '../../backends/webgpu-dispatch.ts'
import type { TileSize } from './attention-tiles.ts'

/** Threads of a tile for each query row; they share the row's keys and dimensions. */
export const PER_ROW = 8

/** Largest first. Small ones are for wide heads and devices with the standard's 16 kB. */
const sizes: readonly TileSize[] = [
  { queries: 16, keys: 32 },
  { queries: 8, keys: 16 },
  { queries: 4, keys: 8 },
]

/** The largest tile whose numbers fit in workgroup memory. Throws UNSUPPORTED if none does. */
export function fittingTile(headDim: number, numbersOf: (size: TileSize) => number): TileSize {
  const fitting = sizes.find((size) => 4 * numbersOf(size) <= workgroupMemory())
  if (fitting) return fitting
  throw new LaurelError(
    'UNSUPPORTED',
    `attention heads of ${headDim} dimensions need more workgroup memory than this GPU's ${workgroupMemory()} bytes`,
    'Use another backend: `--backend tensorflow` or `--backend wasm`.',
  )
}

/** Dimensions of a head in vectors of four, the last padded with zeros. */
export const vectorsOf = (headDim: number): number => Math.ceil(headDim / 4)

/** Declares `load_x(first, v)` for a buffer `x`: vector v of the head that starts at a place. */
export const headVector = (name: string, headDim: number): string => `
fn load_${name}(first: u32, v: u32) -> vec4f {
  let i = first + 4 * v;
  ${
    headDim % 4 === 0
      ? `return vec4f(${name}_at(i), ${name}_at(i + 1), ${name}_at(i + 2), ${name}_at(i + 3));`
      : `var x = vec4f();
  for (var d = 0u; d < 4 && 4 * v + d < ${headDim}; d++) { x[d] = ${name}_at(i + d); }
  return x;`
  }
}`

/** Declares `sees`: whether a query at a position sees a key; `window` 0 means all keys before it. */
export const visibility = `
fn sees(query: i32, key: i32) -> bool {
  return key <= query && (numbers.window == 0 || key > query - i32(numbers.window));
}`

/**
 * Declares `find_keys`, which puts the rows of a block of a run's keys into `key_rows`. `range` is the place of the range that holds the
 * block's first key, `base`, and begins at key `range_start`; every thread walks on from there.
 */
export const keyWalk = (keys: number): string => `
var<workgroup> key_rows: array<u32, ${keys}>;
fn find_keys(thread: u32, base: i32, total: i32, range: u32, range_start: i32) {
  if (thread < ${keys} && base + i32(thread) < total) {
    let key = base + i32(thread);
    var r = range;
    var start = range_start;
    while (key >= start + runs[r + 1]) {
      start += runs[r + 1];
      r += 2;
    }
    key_rows[thread] = u32(runs[r] + key - start);
  }
}`

/** Statements that start a tile: its run, its rows, and the first and last key that any of them sees. */
export const startTile = ({ queries }: TileSize): string => `
  let tile = group / numbers.key_heads;
  let key_head = group % numbers.key_heads;
  if (tile >= numbers.tiles) { return; }
  let run = 5 * u32(tiles[2 * tile]);
  let first = u32(tiles[2 * tile + 1]);
  let rows = min(${queries}u, u32(runs[run + 1]) * numbers.group - first);
  let total = runs[run + 4];
  let before = total - runs[run + 1];
  let row = thread / ${PER_ROW};
  let lane = thread % ${PER_ROW};
  let token = u32(runs[run]) + (first + row) / numbers.group;
  let head = key_head * numbers.group + (first + row) % numbers.group;
  let position = before + i32((first + row) / numbers.group);
  let last = before + i32((first + rows - 1) / numbers.group);
  let earliest = before + i32(first / numbers.group) - i32(numbers.window) + 1;
  let begin = select(max(0, earliest), 0, numbers.window == 0);
  var range = u32(runs[run + 2]);
  var range_start = 0;`

/** Statements that move to the range that holds the first key of a block. */
export const nextRange = `
    while (base >= range_start + runs[range + 1]) {
      range_start += runs[range + 1];
      range += 2;
    }`
