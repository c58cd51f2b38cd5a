import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadModel } from '../../../main/engine/model/load-model.ts'
import { computeNumbers, differencesFrom, referenceCases } from '../../harness/reference-numbers.ts'
import { type GpuBackend, startGpu } from '../gpu-backend.ts'
import { figuresOf } from '../part-output.ts'

/** Of log-probabilities and logits, and relative of gradient norms. As in the tests. */
const TOLERANCE = 1e-4

/** The tiny models of `folder` against the numbers that transformers gave for them. Throws at the first that differ. */
export async function checkParity(backend: GpuBackend, folder: string): Promise<void> {
  await startGpu(backend, 'float32')
  const print = figuresOf(backend)
  for (const name of readdirSync(folder)) {
    const model = await loadModel(join(folder, name), 'float32', 'full')
    let worst = 0
    for (const [i, expected] of referenceCases(join(folder, name)).entries()) {
      const { logits, logprobs, gradientNorm, isGreedyEqual } = differencesFrom(expected, await computeNumbers(model, expected.input_ids))
      const differing = Object.entries({ logits, logprobs, gradientNorm }).find(([, difference]) => !(difference < TOLERANCE))
      if (differing) throw new Error(`${name}, case ${i + 1}: ${differing[0]} differ by ${differing[1]}`)
      if (!isGreedyEqual) throw new Error(`${name}, case ${i + 1}: greedy decoding gives other tokens`)
      worst = Math.max(worst, logits, logprobs, gradientNorm)
    }
    print(`parity of ${name}`, 'float32', { error: worst })
    model.dispose()
  }
}
