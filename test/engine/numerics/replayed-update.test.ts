import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { functionsKept, type ReplayMode, setReplayMode } from '../../../main/engine/backends/functions/replay.ts'
import { operand, widen } from '../../../main/engine/backends/operand.ts'
import { createDecoder, disposeDecoder } from '../../../main/engine/model/decoder.ts'
import { Gradients } from '../../../main/engine/model/gradients.ts'
import { loadWeights, type WeightOptions } from '../../../main/engine/model/weights.ts'
import { applyUpdate } from '../../../main/engine/training/apply-update.ts'
import { squaredNormOf } from '../../../main/engine/training/optimizer.ts'
import { disposeTraining, startTraining } from '../../../main/engine/training/train.ts'
import { loraConfig, type Precision, trainConfig } from '../../../main/shared/train-config.ts'
import { useNativeBackend } from '../../support/native.ts'
import { functionLibrary, needing } from '../../support/needs.ts'
import { normal } from '../kernels/comparison.ts'
import { randomWeights, tinyConfig } from './tiny-model.ts'

process.env.LAUREL_KERNELS = 'none' // a GPU has only the plain formulas

const adapters: WeightOptions['train'] = { lora: loraConfig.parse({ rank: 2 }), seed: 3, random: 'philox' }

needing(functionLibrary).describe('a replayed update', () => {
  beforeAll(useNativeBackend)

  test.each([
    ['all weights in float32', 'float32', 'full', 1],
    ['all weights in bfloat16, with clipped gradients', 'bfloat16', 'full', 0.3],
    ['adapters in bfloat16', 'bfloat16', adapters, 0.3],
  ] as const)('has the bits of its operations one by one: %s', (_, precision, train, gradientScale) => {
    const before = tf.memory().numTensors
    const run = (mode: ReplayMode) => {
      setReplayMode(mode)
      return twoUpdates(precision, train, gradientScale)
    }
    const expected = run('none')
    expect(functionsKept()).toBe(0)
    const replayed = run('function')
    expect(functionsKept()).toBeGreaterThan(0)
    expect([...replayed.keys()]).toEqual([...expected.keys()])
    for (const [name, values] of expected) expect(replayed.get(name), name).toEqual(values)
    expect(tf.memory().numTensors).toBe(before)
  })
})

/** The norm, values, moments, and rounded values of two updates with random gradients, by name. */
function twoUpdates(precision: Precision, train: WeightOptions['train'], gradientScale: number): Map<string, Float32Array> {
  const model = tinyConfig({ model_type: 'qwen2' })
  const decoder = createDecoder(model, loadWeights(model, randomWeights(model, 1), { precision, train }), precision)
  const training = startTraining(decoder)
  const found = new Map<string, Float32Array>()
  const add = (name: string, tensor: tf.Tensor): void => void found.set(name, tensor.dataSync<'float32'>())
  for (const step of [1, 2]) {
    const gradients = new Gradients()
    training.parameters.forEach(({ name, shape }, i) => {
      const values = normal([...shape], 100 * step + i)
      gradients.add(name, operand(values, i % 2 === 0 ? precision : 'float32'))
      if (i % 2 === 0 && precision === 'bfloat16') values.dispose()
    })
    tf.tidy(() => add(`norm ${step}`, squaredNormOf(gradients)))
    applyUpdate(training, gradients, { learningRate: 0.01, gradientScale, step }, trainConfig.parse({ weight_decay: step === 1 ? 0.1 : 0 }))
    gradients.dispose()
  }
  for (const { name, value, rounded } of training.parameters) {
    add(name, value)
    const { m, v } = training.moments.get(name)!
    add(`${name} m`, m)
    add(`${name} v`, v)
    if (rounded) tf.tidy(() => add(`${name} rounded`, widen(rounded)))
  }
  disposeTraining(training)
  disposeDecoder(decoder)
  return found
}
