import type { Precision } from '../../../shared/train-config.ts'
import type { Operand } from '../../backends/operand.ts'
import { dispatch, outputTensor } from '../../backends/webgpu-dispatch.ts'
import { reads, shader, variants, writes } from '../../backends/webgpu-shader.ts'
import type { Attended, KeyPlace } from '../attention.ts'
import type { HeadShape } from '../head-shape.ts'
import { fittingTile, headVector, keyWalk, nextRange, PER_ROW, startTile, vectorsOf, visibility } from './attention-tile.ts'
import type { TiledRuns, TileSize } from './attention-tiles.ts'

/** Numbers in workgroup memory: queries, keys (then values), scores. */
const floatsOf = (headDim: number) => (tile: TileSize) =>
  4 * vectorsOf(headDim) * (tile.queries + tile.keys) + tile.queries * (tile.keys + 2 * PER_ROW + 1) + tile.keys

/**
 * A workgroup per tile of queries and key-value head: blocks of keys with a running maximum and sum (Milakov & Gimelshein 2018), so that
 * scores exist only in workgroup memory (FlashAttention, Dao et al. 2022). A row's eight threads share its keys, then its dimensions.
 */
const forward = variants((precision: Precision, headDim: number, queries: number, keys: number) => {
  const tile = { queries, keys }
  const [V, each] = [vectorsOf(headDim), keys / PER_ROW]
  const own = Math.ceil(V / PER_ROW) // vectors of y that a thread sums
  return shader({
    name: 'attention',
    buffers: {
      ...{ queries: reads(precision), keys: reads(precision), runs: reads('int32'), tiles: reads('int32') },
      ...{ y: writes(precision), lse: writes() },
    },
    numbers: {
      ...{ tiles: 'u32', key_heads: 'u32', group: 'u32', window: 'u32', query_width: 'u32', key_width: 'u32' },
      ...{ key_offset: 'u32', value_offset: 'u32' },
    },
    threads: queries * PER_ROW,
    declarations: `
var<workgroup> q: array<vec4f, ${queries * V}>;
var<workgroup> block: array<vec4f, ${keys * V}>;
var<workgroup> scores: array<f32, ${queries * keys}>;
var<workgroup> maxima: array<f32, ${queries * PER_ROW}>;
var<workgroup> sums: array<f32, ${queries * PER_ROW}>;
${keyWalk(keys)}
${headVector('queries', headDim)}
${headVector('keys', headDim)}
${visibility}`,
    body: `${startTile(tile)}
  for (var i = thread; i < ${queries * V}; i += ${queries * PER_ROW}) {
    let r = first + i / ${V};
    q[i] = vec4f();
    if (i / ${V} < rows) {
      let at = (u32(runs[run]) + r / numbers.group) * numbers.query_width + (key_head * numbers.group + r % numbers.group) * ${headDim};
      q[i] = load_queries(at, i % ${V}) * ${headDim ** -0.5};
    }
  }
  var highest = -1e30;
  var sum = 0.0;
  var out: array<vec4f, ${own}>;
  for (var base = begin; base <= last; base += ${keys}) {
    ${nextRange}
    let count = u32(min(${keys}, last + 1 - base));
    find_keys(thread, base, total, range, range_start);
    workgroupBarrier();
    for (var i = thread; i < count * ${V}; i += ${queries * PER_ROW}) {
      block[i] = load_keys(key_rows[i / ${V}] * numbers.key_width + numbers.key_offset + key_head * ${headDim}, i % ${V});
    }
    workgroupBarrier();
    var mine: array<f32, ${each}>;
    var top = -1e30;
    for (var k = 0u; k < ${each}; k++) {
      let key = lane + ${PER_ROW} * k;
      mine[k] = -1e30;
      if (key < count && sees(position, base + i32(key))) {
        var product = 0.0;
        for (var v = 0u; v < ${V}; v++) { product += dot(q[row * ${V} + v], block[key * ${V} + v]); }
        mine[k] = product;
      }
      top = max(top, mine[k]);
    }
    maxima[thread] = top;
    workgroupBarrier();
    for (var l = 0u; l < ${PER_ROW}; l++) { top = max(top, maxima[row * ${PER_ROW} + l]); }
    top = max(top, highest);
    let origin = select(0.0, top, top > -1e29); // a row that sees no key yet must not count hidden ones as exp(0)
    var added = 0.0;
    for (var k = 0u; k < ${each}; k++) {
      let weight = exp(mine[k] - origin);
      scores[row * ${keys} + lane + ${PER_ROW} * k] = weight;
      added += weight;
    }
    sums[thread] = added;
    for (var i = thread; i < count * ${V}; i += ${queries * PER_ROW}) {
      block[i] = load_keys(key_rows[i / ${V}] * numbers.key_width + numbers.value_offset + key_head * ${headDim}, i % ${V});
    }
    workgroupBarrier();
    let scale = exp(highest - origin);
    highest = top;
    sum *= scale;
    for (var l = 0u; l < ${PER_ROW}; l++) { sum += sums[row * ${PER_ROW} + l]; }
    for (var o = 0u; o < ${own}; o++) {
      let v = lane + ${PER_ROW} * o;
      if (v >= ${V}) { break; }
      out[o] *= scale;
      for (var key = 0u; key < count; key++) { out[o] += scores[row * ${keys} + key] * block[key * ${V} + v]; }
    }
    workgroupBarrier(); // before the next block is loaded
  }
  if (row >= rows) { return; }
  let share = select(1.0 / sum, 0.0, sum == 0);
  let at = (token * numbers.key_heads * numbers.group + head) * ${headDim};
  for (var o = 0u; o < ${own}; o++) {
    for (var d = 4 * (lane + ${PER_ROW} * o); d < min(${headDim}u, 4 * (lane + ${PER_ROW} * o) + 4); d += 2) {
      y_put(at + d, out[o][d % 4] * share, out[o][d % 4 + 1] * share, true);
    }
  }
  if (lane == 0) { lse_put(token * numbers.key_heads * numbers.group + head, highest + log(sum), 0, false); }`,
  })
})

export function wgslAttend(queries: Operand, keys: Operand, runs: TiledRuns, shape: HeadShape, where: KeyPlace): Attended {
  const { heads, keyValueHeads, headDim } = shape
  const tile = fittingTile(headDim, floatsOf(headDim))
  const { precision } = queries
  const N = queries.tensor.shape[0]
  const [y, lse] = [outputTensor([N, heads * headDim], precision), outputTensor([N, heads])]
  const group = heads / keyValueHeads
  const { count, tiles } = runs.queryTiles(tile.queries, group)
  dispatch(forward(precision, headDim, tile.queries, tile.keys), {
    buffers: { queries: queries.tensor, keys: keys.tensor, runs: runs.runs, tiles, y, lse },
    numbers: {
      ...{ tiles: count, key_heads: keyValueHeads, group, window: runs.window ?? 0 },
      ...{ query_width: queries.tensor.shape[1]!, key_width: keys.tensor.shape[1]! },
      ...{ key_offset: where.keyOffset, value_offset: where.valueOffset },
    },
    groups: count * keyValueHeads,
  })
  return { y: { tensor: y, precision }, lse }
}
