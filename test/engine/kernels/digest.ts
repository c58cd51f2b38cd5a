import { createHash } from 'node:crypto'
import * as tf from '@tensorflow/tfjs-core'
import { homeFolder } from '../../../main/common/home.ts'
import type { Operand } from '../../../main/engine/backends/operand.ts'
import { startBackend } from '../../../main/engine/backends/start-backend.ts'
import { addInto, addRowsInto } from '../../../main/engine/kernels/accumulate.ts'
import { AdamWScalars, adamwInPlace, squaredNorm } from '../../../main/engine/kernels/adamw.ts'
import { addBias } from '../../../main/engine/kernels/add-bias.ts'
import { addRmsNorm, rmsNormBackward } from '../../../main/engine/kernels/rms-norm.ts'
import { rotateHeads } from '../../../main/engine/kernels/rope.ts'
import { shortlist } from '../../../main/engine/kernels/shortlist.ts'
import { swiglu, swigluBackward } from '../../../main/engine/kernels/swiglu.ts'
import { scoreLogits, scoreLogitsBackward, targetTokens } from '../../../main/engine/kernels/token-scores.ts'
import { findRuntime } from '../../../main/runtimes/find.ts'
import { normal, normalOperand, valuesOf } from './comparison.ts'

/** A program: run every kernel on the given number of threads and print a digest of all results' bits. */
const threads = Number(process.argv[2])
await startBackend({ backend: 'tensorflow', precision: 'bfloat16', threads, runtimeFolder: findRuntime(homeFolder())?.folder ?? null })

const [N, C, V] = [300, 576, 3001]
const hash = createHash('sha256')
const take = (...results: (tf.Tensor | Operand)[]): void => {
  for (const result of results) hash.update(valuesOf(result))
}

for (const precision of ['float32', 'bfloat16'] as const) {
  const [x, weight] = [normal([N, C], 1), normal([C], 2)]
  const [branch, dy] = [normalOperand([N, C], 3, precision), normalOperand([N, C], 4, precision)]
  const norm = addRmsNorm(x, branch, weight, 1e-5, precision)
  const back = rmsNormBackward(dy, norm.sum, norm.r, weight, x)
  take(norm.sum, norm.y, norm.r, back.dx, back.rounded, back.dw)

  const gateUp = normalOperand([N, 2 * C], 5, precision)
  const gate = swigluBackward(dy, gateUp)
  take(swiglu(gateUp), gate.dgateUp, gate.activation, addBias(branch, weight))

  const angle = normal([N, 1, 32], 6)
  take(rotateHeads(branch, { cos: tf.cos(angle), sin: tf.sin(angle) }, { heads: 5, keyValueHeads: 2, headDim: 64 }, 1))

  const logits = normalOperand([N, V], 7, precision)
  const list = shortlist(logits, 0.7, 40)
  take(list.values, tf.cast(list.ids, 'float32'), list.mass)
  const targets = targetTokens(Array.from({ length: N }, (_, i) => i))
  const scores = scoreLogits(logits, targets)
  take(scores.logprobs, scores.entropy, scores.correct, scores.probabilities)
  take(scoreLogitsBackward(scores.logprobs, scores.probabilities, targets))

  const moments = { m: normal([N, C], 8), v: tf.square(normal([N, C], 9)) }
  const options = { learningRate: 1e-2, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, step: 2, gradientScale: 0.5 }
  adamwInPlace(x, branch, dy, moments, new AdamWScalars(options))
  take(x, moments.m, moments.v, branch, squaredNorm(dy), addInto(x, dy))
}
const indices = tf.tensor1d(
  Array.from({ length: 300 }, (_, i) => (i * i) % 50),
  'int32',
)
take(addRowsInto(normal([50, 576], 10), normal([300, 576], 11), indices))
process.stdout.write(hash.digest('hex'))
