import type { Precision } from '../../../shared/train-config.ts'
import type { Operand } from '../../backends/operand.ts'
import { dispatch, outputIds, outputTensor } from '../../backends/webgpu-dispatch.ts'
import { reads, shader, sumOverThreads, variants, writes } from '../../backends/webgpu-shader.ts'
import type { Shortlist } from '../shortlist.ts'

/** The longest list that fits in workgroup memory. */
export const MOST = 1024

/** Logits of a block. The k largest are in the blocks with the k largest maxima, so the choice reads only those. */
const BLOCK = 128
const BLOCK_THREADS = BLOCK / 2

/** A workgroup per row and block: its largest logit, and the sum of exp((logit - that) / T). */
const blockMaxima = variants((precision: Precision) =>
  shader({
    name: 'block-maxima',
    buffers: { logits: reads(precision), maxima: writes(), masses: writes() },
    numbers: { rows: 'u32', width: 'u32', blocks: 'u32', temperature: 'f32' },
    threads: BLOCK_THREADS,
    declarations: `var<workgroup> tops: array<f32, ${BLOCK_THREADS}>;\n${sumOverThreads(BLOCK_THREADS)}`,
    body: `
  let row = group / numbers.blocks;
  if (row >= numbers.rows) { return; }
  let first = (group % numbers.blocks) * ${BLOCK};
  let count = min(${BLOCK}u, numbers.width - first);
  let origin = row * numbers.width + first;
  tops[thread] = logits_at(origin + min(thread, count - 1));
  if (thread + ${BLOCK_THREADS} < count) { tops[thread] = max(tops[thread], logits_at(origin + thread + ${BLOCK_THREADS})); }
  for (var half = ${BLOCK_THREADS / 2}u; half > 0; half /= 2) {
    workgroupBarrier();
    if (thread < half) { tops[thread] = max(tops[thread], tops[thread + half]); }
  }
  workgroupBarrier();
  let top = tops[0];
  let base = select(0.0, top, top > -3e38); // infinity minus infinity is no number
  var mass = 0.0;
  for (var i = thread; i < count; i += ${BLOCK_THREADS}) { mass += exp((logits_at(origin + i) - base) / numbers.temperature); }
  let sum = total(mass, thread);
  if (thread == 0) {
    maxima_put(group, top, 0, false);
    masses_put(group, sum, 0, false);
  }`,
  }),
)

const THREADS = 256

/**
 * A workgroup per row. `kth` finds the k-th largest value digit by digit (radix selection): first of the block maxima, below which a block
 * holds none of the k largest, then of the logits in the remaining blocks. Those above it, and as many equal ones with the lowest ids as are
 * missing, are sorted.
 */
const choice = variants((precision: Precision, room: number) =>
  shader({
    name: 'shortlist',
    buffers: {
      ...{ logits: reads(precision), maxima: reads(), masses: reads() },
      ...{ values: writes(), ids: writes('int32'), mass: writes() },
    },
    numbers: { rows: 'u32', width: 'u32', blocks: 'u32', k: 'u32', temperature: 'f32' },
    threads: THREADS,
    declarations: `
var<workgroup> bins: array<atomic<u32>, 256>;
var<workgroup> digit: u32;
var<workgroup> left: u32;
var<workgroup> counts: array<u32, ${THREADS}>;
var<workgroup> found: atomic<u32>;
var<workgroup> keys: array<u32, ${room}>;
var<workgroup> places: array<u32, ${room}>;
${sumOverThreads(THREADS)}
// in the same order as the numbers
fn key_of(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  if (bits == 0x80000000u) { return 0x80000000u; } // -0 equals 0
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0);
}
fn number_of(key: u32) -> f32 {
  return bitcast<f32>(select(~key, key & 0x7fffffffu, (key & 0x80000000u) != 0));
}
fn may_hold(row: u32, block: u32, least: u32) -> bool { return key_of(maxima_at(row * numbers.blocks + block)) >= least; }
fn kth(k: u32, row: u32, of_blocks: bool, least: u32, thread: u32) -> u32 {
  if (thread == 0) { left = k; }
  var prefix = 0u;
  for (var shift = 24i; shift >= 0; shift -= 8) {
    atomicStore(&bins[thread], 0);
    workgroupBarrier();
    let above = select(0xffffffffu << u32(shift + 8), 0u, shift == 24);
    if (of_blocks) {
      for (var b = thread; b < numbers.blocks; b += ${THREADS}) {
        let key = key_of(maxima_at(row * numbers.blocks + b));
        if ((key & above) == prefix) { atomicAdd(&bins[(key >> u32(shift)) & 255], 1); }
      }
    } else {
      for (var c = thread; c < numbers.width; c += ${THREADS}) {
        if (!may_hold(row, c / ${BLOCK}, least)) { continue; }
        let key = key_of(logits_at(row * numbers.width + c));
        if ((key & above) == prefix) { atomicAdd(&bins[(key >> u32(shift)) & 255], 1); }
      }
    }
    workgroupBarrier();
    if (thread == 0) {
      var d = 255u;
      while (d > 0 && atomicLoad(&bins[d]) < left) {
        left -= atomicLoad(&bins[d]);
        d--;
      }
      digit = d;
    }
    workgroupBarrier();
    prefix |= digit << u32(shift);
    workgroupBarrier(); // before the digit and the bins change
  }
  return prefix;
}`,
    body: `
  let row = group;
  if (row >= numbers.rows) { return; }
  var highest = 0u;
  for (var b = 0u; b < numbers.blocks; b++) { highest = max(highest, key_of(maxima_at(row * numbers.blocks + b))); }
  let top = number_of(highest);
  var mine = 0.0;
  for (var b = thread; b < numbers.blocks; b += ${THREADS}) {
    let at = row * numbers.blocks + b;
    mine += masses_at(at) * exp((maxima_at(at) - top) / numbers.temperature);
  }
  let all = total(mine, thread);
  if (thread == 0) { mass_put(row, all, 0, false); }

  var least = 0u;
  if (numbers.blocks > numbers.k) { least = kth(numbers.k, row, true, 0, thread); }
  let border = kth(numbers.k, row, false, least, thread);

  // a thread takes neighboring blocks, so that equal logits are counted in the order of their ids
  for (var i = thread; i < ${room}; i += ${THREADS}) {
    keys[i] = 0;
    places[i] = 0xffffffffu;
  }
  if (thread == 0) { atomicStore(&found, 0); }
  workgroupBarrier();
  let each = (numbers.blocks + ${THREADS - 1}) / ${THREADS};
  let begin = thread * each * ${BLOCK};
  let end = min(numbers.width, begin + each * ${BLOCK});
  var equal = 0u;
  for (var c = begin; c < end; c++) {
    if (!may_hold(row, c / ${BLOCK}, least)) { continue; }
    let key = key_of(logits_at(row * numbers.width + c));
    if (key > border) {
      let place = atomicAdd(&found, 1);
      keys[place] = key;
      places[place] = c;
    }
    if (key == border) { equal++; }
  }
  counts[thread] = equal;
  workgroupBarrier();
  var place = atomicLoad(&found);
  for (var t = 0u; t < thread; t++) { place += counts[t]; }
  for (var c = begin; c < end && equal > 0 && place < numbers.k; c++) {
    if (!may_hold(row, c / ${BLOCK}, least)) { continue; }
    if (key_of(logits_at(row * numbers.width + c)) == border) {
      keys[place] = border;
      places[place] = c;
      place++;
    }
  }

  for (var size = 2u; size <= ${room}; size *= 2) {
    for (var step = size / 2; step > 0; step /= 2) {
      workgroupBarrier();
      for (var i = thread; i < ${room / 2}; i += ${THREADS}) {
        let a = 2 * step * (i / step) + i % step;
        let b = a + step;
        let precedes = keys[b] > keys[a] || (keys[b] == keys[a] && places[b] < places[a]);
        if (precedes == ((a & size) == 0)) {
          let key = keys[a];
          let id = places[a];
          keys[a] = keys[b];
          places[a] = places[b];
          keys[b] = key;
          places[b] = id;
        }
      }
    }
  }
  workgroupBarrier();
  for (var i = thread; i < numbers.k; i += ${THREADS}) {
    values_put(row * numbers.k + i, logits_at(row * numbers.width + places[i]), 0, false);
    ids[row * numbers.k + i] = i32(places[i]);
  }`,
  }),
)

/** k up to `MOST`. */
export function wgslShortlist({ tensor: logits, precision }: Operand, temperature: number, k: number): Shortlist {
  const [rows, width] = logits.shape as [number, number]
  const blocks = Math.ceil(width / BLOCK)
  const [maxima, masses] = [outputTensor([rows, blocks]), outputTensor([rows, blocks])]
  const shape = { rows, width, blocks, temperature }
  dispatch(blockMaxima(precision), { buffers: { logits, maxima, masses }, numbers: shape, groups: rows * blocks })
  const [values, ids, mass] = [outputTensor([rows, k]), outputIds([rows, k]), outputTensor([rows])]
  const room = Math.max(2, 2 ** Math.ceil(Math.log2(k)))
  dispatch(choice(precision, room), { buffers: { logits, maxima, masses, values, ids, mass }, numbers: { ...shape, k }, groups: rows })
  maxima.dispose()
  masses.dispose()
  return { values, ids, mass }
}
