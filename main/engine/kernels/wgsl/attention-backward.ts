import type { Precision } from '../../../shared/train-config.ts'
import type { Operand } from '../../backends/operand.ts'
import { dispatch, outputTensor } from '../../backends/webgpu-dispatch.ts'
import { reads, shader, variants, writes } from '../../backends/webgpu-shader.ts'
import type { Attended } from '../attention.ts'
import type { HeadShape } from '../head-shape.ts'
import { fittingTile, headVector, keyWalk, nextRange, PER_ROW, startTile, vectorsOf, visibility } from './attention-tile.ts'
import type { TiledRuns, TileSize } from './attention-tiles.ts'

/** Numbers in workgroup memory: queries, their output's gradients, keys, values, and two matrices of scores. */
const floatsOf = (headDim: number) => (tile: TileSize) =>
  8 * vectorsOf(headDim) * (tile.queries + tile.keys) + 2 * tile.queries * (tile.keys + PER_ROW) + tile.keys

const numbers = { tiles: 'u32', key_heads: 'u32', group: 'u32', window: 'u32', width: 'u32' } as const
const inputs = (precision: Precision) =>
  ({ dy: reads(precision), qkv: reads(precision), runs: reads('int32'), tiles: reads('int32') }) as const

/** First columns of a token's queries, keys, and values in qkv and its gradient. */
const columns = (headDim: number): string => `
fn query_at(token: u32, head: u32) -> u32 { return token * numbers.width + head * ${headDim}; }
fn key_at(token: u32, key_head: u32) -> u32 { return query_at(token, numbers.key_heads * numbers.group + key_head); }
fn value_at(token: u32, key_head: u32) -> u32 { return query_at(token, numbers.key_heads * (numbers.group + 1) + key_head); }
fn output_at(token: u32, head: u32) -> u32 { return (token * numbers.key_heads * numbers.group + head) * ${headDim}; }`

/** A vector of four of a head's gradients; the last may be cut off at the head's width, which is even. */
const putVector = (headDim: number): string => `
fn put_vector(first: u32, v: u32, x: vec4f) {
  dqkv_put(first + 4 * v, x[0], x[1], true);
  if (4 * v + 2 < ${headDim}) { dqkv_put(first + 4 * v + 2, x[2], x[3], true); }
}`

/** `dS = P (dP - delta)`, `dQ = dS K`, a workgroup per tile of queries and key-value head. Also gives `delta = rowsum(dY Y)`. */
const queryGradient = variants((precision: Precision, headDim: number, queries: number, keys: number) => {
  const tile = { queries, keys }
  const [V, each] = [vectorsOf(headDim), keys / PER_ROW]
  const own = Math.ceil(V / PER_ROW)
  return shader({
    name: 'attention-query-gradient',
    buffers: { ...inputs(precision), y: reads(precision), lse: reads(), dqkv: writes(precision), delta: writes() },
    numbers,
    threads: queries * PER_ROW,
    declarations: `
var<workgroup> q: array<vec4f, ${queries * V}>;
var<workgroup> slopes: array<vec4f, ${queries * V}>;
var<workgroup> key_block: array<vec4f, ${keys * V}>;
var<workgroup> value_block: array<vec4f, ${keys * V}>;
var<workgroup> scores: array<f32, ${queries * keys}>;
var<workgroup> sums: array<f32, ${queries * PER_ROW}>;
${keyWalk(keys)}
${['dy', 'qkv', 'y'].map((name) => headVector(name, headDim)).join('')}
${visibility}
${columns(headDim)}
${putVector(headDim)}`,
    body: `${startTile(tile)}
  var product_sum = 0.0;
  for (var v = lane; v < ${V}; v += ${PER_ROW}) {
    q[row * ${V} + v] = vec4f();
    slopes[row * ${V} + v] = vec4f();
    if (row < rows) {
      q[row * ${V} + v] = load_qkv(query_at(token, head), v) * ${headDim ** -0.5};
      slopes[row * ${V} + v] = load_dy(output_at(token, head), v);
      product_sum += dot(slopes[row * ${V} + v], load_y(output_at(token, head), v));
    }
  }
  sums[thread] = product_sum;
  workgroupBarrier();
  var row_delta = 0.0;
  for (var l = 0u; l < ${PER_ROW}; l++) { row_delta += sums[row * ${PER_ROW} + l]; }
  var normalizer = 0.0;
  if (row < rows) { normalizer = lse_at(token * numbers.key_heads * numbers.group + head); }
  var out: array<vec4f, ${own}>;
  for (var base = begin; base <= last; base += ${keys}) {
    ${nextRange}
    let count = u32(min(${keys}, last + 1 - base));
    find_keys(thread, base, total, range, range_start);
    workgroupBarrier();
    for (var i = thread; i < count * ${V}; i += ${queries * PER_ROW}) {
      key_block[i] = load_qkv(key_at(key_rows[i / ${V}], key_head), i % ${V});
      value_block[i] = load_qkv(value_at(key_rows[i / ${V}], key_head), i % ${V});
    }
    workgroupBarrier();
    for (var k = 0u; k < ${each}; k++) {
      let key = lane + ${PER_ROW} * k;
      var slope = 0.0;
      if (row < rows && key < count && sees(position, base + i32(key))) {
        var score = 0.0;
        var above = 0.0;
        for (var v = 0u; v < ${V}; v++) {
          score += dot(q[row * ${V} + v], key_block[key * ${V} + v]);
          above += dot(slopes[row * ${V} + v], value_block[key * ${V} + v]);
        }
        slope = exp(score - normalizer) * (above - row_delta);
      }
      scores[row * ${keys} + key] = slope;
    }
    workgroupBarrier();
    for (var o = 0u; o < ${own}; o++) {
      let v = lane + ${PER_ROW} * o;
      if (v >= ${V}) { break; }
      for (var key = 0u; key < count; key++) { out[o] += scores[row * ${keys} + key] * key_block[key * ${V} + v]; }
    }
    workgroupBarrier(); // before the next block is loaded
  }
  if (row >= rows) { return; }
  for (var o = 0u; o < ${own}; o++) {
    let v = lane + ${PER_ROW} * o;
    if (v >= ${V}) { break; }
    put_vector(query_at(token, head), v, out[o] * ${headDim ** -0.5});
  }
  if (lane == 0) { delta_put(token * numbers.key_heads * numbers.group + head, row_delta, 0, false); }`,
  })
})

/**
 * `dV = P^T dY`, `dK = dS^T Q`, a workgroup per tile of key rows and key-value head: it visits all queries of all runs that see the tile, in
 * order, so nothing is added atomically and the bits repeat. A key's threads share its dimensions.
 */
const keyGradient = variants((precision: Precision, headDim: number, queries: number, keys: number) => {
  const [V, threads] = [vectorsOf(headDim), queries * PER_ROW]
  const perKey = threads / keys
  const own = Math.ceil(V / perKey)
  return shader({
    name: 'attention-key-gradient',
    buffers: {
      ...{ dy: reads(precision), qkv: reads(precision), runs: reads('int32'), tiles: reads('int32'), views: reads('int32') },
      ...{ lse: reads(), delta: reads(), dqkv: writes(precision) },
    },
    numbers,
    threads,
    declarations: `
var<workgroup> q: array<vec4f, ${queries * V}>;
var<workgroup> slopes: array<vec4f, ${queries * V}>;
var<workgroup> key_block: array<vec4f, ${keys * V}>;
var<workgroup> value_block: array<vec4f, ${keys * V}>;
var<workgroup> weights: array<f32, ${queries * keys}>;
var<workgroup> scores: array<f32, ${queries * keys}>;
${['dy', 'qkv'].map((name) => headVector(name, headDim)).join('')}
${visibility}
${columns(headDim)}
${putVector(headDim)}`,
    body: `
  let tile = group / numbers.key_heads;
  let key_head = group % numbers.key_heads;
  if (tile >= numbers.tiles) { return; }
  let first = u32(tiles[4 * tile]);
  let count = u32(tiles[4 * tile + 1]);
  for (var i = thread; i < ${keys * V}; i += ${threads}) {
    key_block[i] = vec4f();
    value_block[i] = vec4f();
    if (i / ${V} < count) {
      key_block[i] = load_qkv(key_at(first + i / ${V}, key_head), i % ${V});
      value_block[i] = load_qkv(value_at(first + i / ${V}, key_head), i % ${V});
    }
  }
  let key = thread / ${perKey};
  let part = thread % ${perKey};
  var dk: array<vec4f, ${own}>;
  var dv: array<vec4f, ${own}>;
  for (var view = tiles[4 * tile + 2]; view < tiles[4 * tile + 2] + tiles[4 * tile + 3]; view++) {
    let run = 5 * views[2 * view];
    let position = views[2 * view + 1];
    let before = runs[run + 4] - runs[run + 1]; // the first query's position
    let lowest = max(0, position - before); // earlier queries see none of the tile
    var to = runs[run + 1];
    if (numbers.window > 0) { to = min(to, position + i32(count) - 1 + i32(numbers.window) - before); }
    for (var base = lowest * i32(numbers.group); base < to * i32(numbers.group); base += ${queries}) {
      let rows = u32(min(${queries}, to * i32(numbers.group) - base));
      workgroupBarrier(); // the last block is used up
      for (var i = thread; i < rows * ${V}; i += ${threads}) {
        let r = u32(base) + i / ${V};
        let token = u32(runs[run]) + r / numbers.group;
        let head = key_head * numbers.group + r % numbers.group;
        q[i] = load_qkv(query_at(token, head), i % ${V}) * ${headDim ** -0.5};
        slopes[i] = load_dy(output_at(token, head), i % ${V});
      }
      workgroupBarrier();
      for (var i = thread; i < rows * ${keys}; i += ${threads}) {
        let r = u32(base) + i / ${keys};
        let k = i % ${keys};
        weights[i] = 0;
        scores[i] = 0;
        if (k < count && sees(before + i32(r / numbers.group), position + i32(k))) {
          var score = 0.0;
          var above = 0.0;
          for (var v = 0u; v < ${V}; v++) {
            score += dot(q[i / ${keys} * ${V} + v], key_block[k * ${V} + v]);
            above += dot(slopes[i / ${keys} * ${V} + v], value_block[k * ${V} + v]);
          }
          let place = (u32(runs[run]) + r / numbers.group) * numbers.key_heads * numbers.group + key_head * numbers.group + r % numbers.group;
          weights[i] = exp(score - lse_at(place));
          scores[i] = weights[i] * (above - delta_at(place));
        }
      }
      workgroupBarrier();
      for (var o = 0u; o < ${own}; o++) {
        let v = part + ${perKey} * o;
        if (v >= ${V}) { break; }
        for (var r = 0u; r < rows; r++) {
          dv[o] += weights[r * ${keys} + key] * slopes[r * ${V} + v];
          dk[o] += scores[r * ${keys} + key] * q[r * ${V} + v];
        }
      }
    }
  }
  if (key >= count) { return; }
  for (var o = 0u; o < ${own}; o++) {
    let v = part + ${perKey} * o;
    if (v >= ${V}) { break; }
    put_vector(key_at(first + key, key_head), v, dk[o]);
    put_vector(value_at(first + key, key_head), v, dv[o]);
  }`,
  })
})

export function wgslAttendBackward(dy: Operand, qkv: Operand, { y, lse }: Attended, runs: TiledRuns, shape: HeadShape): Operand {
  const { heads, keyValueHeads, headDim } = shape
  const tile = fittingTile(headDim, floatsOf(headDim))
  const { precision } = qkv
  const [N, width] = qkv.tensor.shape as [number, number]
  const [dqkv, delta] = [outputTensor([N, width], precision), outputTensor([N, heads])]
  const group = heads / keyValueHeads
  const shared = { key_heads: keyValueHeads, group, window: runs.window ?? 0, width }
  const queryTiles = runs.queryTiles(tile.queries, group)
  dispatch(queryGradient(precision, headDim, tile.queries, tile.keys), {
    buffers: {
      ...{ dy: dy.tensor, qkv: qkv.tensor, runs: runs.runs, tiles: queryTiles.tiles },
      ...{ y: y.tensor, lse, dqkv, delta },
    },
    numbers: { tiles: queryTiles.count, ...shared },
    groups: queryTiles.count * keyValueHeads,
  })
  const { count, tiles, views } = runs.keyTiles(tile.keys, N)
  dispatch(keyGradient(precision, headDim, tile.queries, tile.keys), {
    buffers: { dy: dy.tensor, qkv: qkv.tensor, runs: runs.runs, tiles, views, lse, delta, dqkv },
    numbers: { tiles: count, ...shared },
    groups: count * keyValueHeads,
  })
  delta.dispose()
  return { tensor: dqkv, precision }
}
