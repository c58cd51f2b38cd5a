import type { Tensor } from '@tensorflow/tfjs-core'
import type { Precision } from '../../../shared/train-config.ts'
import { type Operand, operand, widen } from '../../backends/operand.ts'
import { tidy } from '../../backends/tidy.ts'
import { dispatch, outputTensor } from '../../backends/webgpu-dispatch.ts'
import { dispatchElements, elementwise } from '../../backends/webgpu-elementwise.ts'
import { writable } from '../../backends/webgpu-halves.ts'
import { changes, reads, shader, sumOverThreads, variants, writes } from '../../backends/webgpu-shader.ts'
import type { ScoredLogits, TargetTokens } from '../token-scores.ts'

const THREADS = 256 // of a row

/**
 * A workgroup per row: its largest logit (the first of equals), the sums of e^d and e^d d with d = logit - max, then the softmax in place
 * of the logits.
 */
const score = variants((precision: Precision) =>
  shader({
    name: 'score-logits',
    buffers: { logits: changes(precision), targets: reads('int32'), logprobs: writes(), entropy: writes(), correct: writes() },
    numbers: { rows: 'u32', width: 'u32' },
    threads: THREADS,
    declarations: `
var<workgroup> tops: array<f32, ${THREADS}>;
var<workgroup> places: array<u32, ${THREADS}>;
${sumOverThreads(THREADS)}`,
    body: `
  if (group >= numbers.rows) { return; }
  let first = group * numbers.width;
  let wanted = u32(targets[group]);
  let own = logits_at(first + wanted); // before it is overwritten
  var top = logits_at(first);
  var at = 0u;
  for (var c = thread; c < numbers.width; c += ${THREADS}) {
    let logit = logits_at(first + c);
    if (logit > top) { top = logit; at = c; }
  }
  tops[thread] = top;
  places[thread] = at;
  for (var half = ${THREADS / 2}u; half > 0; half /= 2) {
    workgroupBarrier();
    if (thread < half) {
      let other = thread + half;
      if (tops[other] > tops[thread] || (tops[other] == tops[thread] && places[other] < places[thread])) {
        tops[thread] = tops[other];
        places[thread] = places[other];
      }
    }
  }
  workgroupBarrier();
  let highest = tops[0];
  var powers = 0.0;
  var weighted = 0.0;
  for (var c = thread; c < numbers.width; c += ${THREADS}) {
    let d = logits_at(first + c) - highest;
    let power = exp(d);
    powers += power;
    if (power > 0) { weighted += power * d; } // a banned token's 0 times infinity is 0
  }
  let mass = total(powers, thread);
  let sum = total(weighted, thread);
  if (thread == 0) {
    logprobs_put(group, own - highest - log(mass), 0, false);
    entropy_put(group, log(mass) - sum / mass, 0, false);
    correct_put(group, select(0.0, 1.0, places[0] == wanted), 0, false);
  }
  for (var c = 2 * thread; c < numbers.width; c += ${2 * THREADS}) {
    let a = exp(logits_at(first + c) - highest) / mass;
    logits_put(first + c, a, exp(logits_at(first + c + 1) - highest) / mass, c + 1 < numbers.width);
  }`,
  }),
)

/** Throws if a target is outside the vocabulary. */
export function wgslScoreLogits(logits: Operand, targets: TargetTokens): ScoredLogits {
  const [rows, width] = logits.tensor.shape as [number, number]
  if (targets.ids.some((id) => !(id >= 0 && id < width))) throw new Error('a target is outside the vocabulary')
  if (writable(logits.precision, width) !== logits.precision) return scoreWide(logits, targets)
  const [logprobs, entropy, correct] = [outputTensor([rows]), outputTensor([rows]), outputTensor([rows])]
  const buffers = { logits: logits.tensor, targets: targets.tensor, logprobs, entropy, correct }
  dispatch(score(logits.precision), { buffers, numbers: { rows, width }, groups: rows })
  return { logprobs, entropy, correct, probabilities: logits }
}

function scoreWide(logits: Operand, targets: TargetTokens): ScoredLogits {
  return tidy(() => {
    const { probabilities, ...scores } = wgslScoreLogits({ tensor: widen(logits), precision: 'float32' }, targets)
    return { ...scores, probabilities: operand(probabilities.tensor, logits.precision) }
  })
}

const scoreBackward = variants((precision: Precision) =>
  elementwise({
    name: 'score-logits-backward',
    buffers: { g: reads(), probabilities: changes(precision), targets: reads('int32') },
    numbers: { width: 'u32' },
    value: `
fn value(i: u32) -> f32 {
  let row = i / numbers.width;
  return g_at(row) * (select(0.0, 1.0, u32(targets[row]) == i % numbers.width) - probabilities_at(i));
}`,
    output: 'probabilities',
  }),
)

export function wgslScoreLogitsBackward(g: Tensor, probabilities: Operand, targets: TargetTokens): Operand {
  const { tensor, precision } = probabilities
  dispatchElements(scoreBackward(precision), tensor.size, {
    buffers: { g, probabilities: tensor, targets: targets.tensor },
    numbers: { width: tensor.shape[1] as number },
  })
  return probabilities
}
