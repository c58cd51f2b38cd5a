import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { computeNumbers, differencesFrom, referenceCases } from '../../bench/harness/reference-numbers.ts'
import { loadModel } from '../../main/engine/model/load-model.ts'
import { useNativeBackend, usePlainBackend, useWasmBackend } from '../support/native.ts'
import { nativeLibrary, needing, softwareAdapter } from '../support/needs.ts'
import { fixtureFile } from '../support/shared.ts'
import { useSoftwareAdapter } from '../support/software-adapter.ts'

const zoo = fixtureFile('zoo')
const names = readdirSync(zoo)
const backends = [
  { name: 'plain', use: usePlainBackend, needs: [] },
  { name: 'wasm', use: useWasmBackend, needs: [] },
  { name: 'webgpu', use: useSoftwareAdapter, needs: [softwareAdapter] },
  { name: 'native', use: useNativeBackend, needs: [nativeLibrary] },
]

for (const backend of backends) {
  needing(...backend.needs).describe(`tiny models on the ${backend.name} backend match transformers`, () => {
    beforeAll(backend.use)

    test.each(names)(
      '%s',
      async (name) => {
        const model = await loadModel(join(zoo, name), 'float32', 'full')
        const before = tf.memory().numTensors
        for (const expected of referenceCases(join(zoo, name))) {
          const computed = await computeNumbers(model, expected.input_ids)
          const { logits, logprobs, gradientNorm } = differencesFrom(expected, computed)
          expect(logits).toBeLessThan(1e-4)
          expect(logprobs).toBeLessThan(1e-4)
          expect(-mean(computed.logprobs)).toBeCloseTo(expected.mean_nll, 4)
          expect(new Set(computed.norms.keys())).toEqual(new Set(Object.keys(expected.grad_norms)))
          expect(gradientNorm).toBeLessThan(1e-4)
          expect(computed.greedy).toEqual(expected.greedy_12)
        }
        expect(tf.memory().numTensors).toBe(before)
        model.dispose()
      },
      600_000,
    ) // a software adapter on a busy machine
  })
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
