import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Run } from '../attention-runs.ts'

/** Rows of one workgroup: queries are rows of a run's tokens times the query heads that share a key, keys are rows of the key tensor. */
export interface TileSize {
  readonly queries: number
  readonly keys: number
}

/** Key rows of a training whose gradients a workgroup sums, and the places at which runs see them. */
export interface KeyTiles {
  readonly count: number
  readonly tiles: Tensor // [count, 4]: first key row, rows, first view, views
  readonly views: Tensor // [views, 2]: run, position of the tile's first key in the run's sequence
}

/** Runs on a WebGPU device: their tables, and the division of the work into tiles, made when a kernel first asks for it. */
export class TiledRuns {
  /** For each run: first query row, queries, place of its ranges in this table, ranges, keys. Then all ranges: first key row, rows. */
  readonly runs: Tensor // [5 R + 2 K]
  readonly window: number | null
  readonly #runs: readonly Run[]
  readonly #queryTiles = new Map<string, { readonly count: number; readonly tiles: Tensor }>()
  readonly #keyTiles = new Map<number, KeyTiles>()

  constructor(runs: readonly Run[], window: number | null) {
    this.window = window
    this.#runs = runs
    let range = 5 * runs.length
    const rows = runs.flatMap(({ query, count, ranges, total }) => {
      const row = [query, count, range, ranges.length, total]
      range += 2 * ranges.length
      return row
    })
    this.runs = table([...rows, ...runs.flatMap(({ ranges }) => ranges.flat())], 1)
  }

  /** [count, 2]: run, first of up to `size` rows. A row is a token of the run and one of `group` heads, heads first. */
  queryTiles(size: number, group: number): { readonly count: number; readonly tiles: Tensor } {
    const key = `${size} ${group}`
    let made = this.#queryTiles.get(key)
    if (!made) {
      const rows = this.#runs.flatMap(({ count }, r) =>
        Array.from({ length: Math.ceil((count * group) / size) }, (_, tile) => [r, tile * size]).flat(),
      )
      made = { count: rows.length / 2, tiles: table(rows, 2) }
      this.#queryTiles.set(key, made)
    }
    return made
  }

  /** Tiles of up to `size` of a number of key rows, such that the same runs see all rows of a tile. Rows that none sees are covered too. */
  keyTiles(size: number, keyRows: number): KeyTiles {
    let made = this.#keyTiles.get(size)
    if (!made) {
      made = keyTilesOf(this.#runs, size, keyRows)
      this.#keyTiles.set(size, made)
    }
    return made
  }

  dispose(): void {
    this.runs.dispose()
    for (const { tiles } of this.#queryTiles.values()) tiles.dispose()
    for (const { tiles, views } of this.#keyTiles.values()) tf.dispose([tiles, views])
  }
}

/** Part of a sequence: `from` .. `to` are key rows, `position` that of `from` in the run's sequence. */
interface View {
  readonly run: number
  readonly from: number
  readonly to: number
  readonly position: number
}

function keyTilesOf(runs: readonly Run[], size: number, keyRows: number): KeyTiles {
  const seen = runs.flatMap((run, r) => viewsOf(run, r))
  const borders = [...new Set([0, keyRows, ...seen.flatMap(({ from, to }) => [from, to])])].sort((a, b) => a - b)
  const [tiles, views]: number[][] = [[], []]
  for (const [i, start] of borders.slice(0, -1).entries()) {
    const here = seen.filter(({ from, to }) => from <= start && start < to)
    for (let row = start; row < borders[i + 1]; row += size) {
      tiles.push(row, Math.min(size, borders[i + 1] - row), views.length / 2, here.length)
      for (const { run, from, position } of here) views.push(run, position + row - from)
    }
  }
  return { count: tiles.length / 4, tiles: table(tiles, 4), views: table(views, 2) }
}

function viewsOf({ ranges, count }: Run, run: number): View[] {
  let position = 0
  return ranges.flatMap(([from, rows]) => {
    const view = { run, from, to: from + rows, position }
    position += rows
    return rows > 0 && count > 0 ? [view] : []
  })
}

/** Kept until disposed. A buffer can't be empty, so an empty table has a row of zeros. */
function table(rows: readonly number[], width: number): Tensor {
  const values = Int32Array.from(rows.length > 0 ? rows : new Array<number>(width).fill(0))
  return tf.keep(tf.tensor2d(values, [values.length / width, width], 'int32'))
}
