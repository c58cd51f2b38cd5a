import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { AdamWScalars, adamwInPlace } from '../../main/engine/kernels/adamw.ts'
import { clipFactor, learningRateAt, zeroMoments } from '../../main/engine/training/optimizer.ts'
import { usePlainBackend } from '../support/native.ts'
import { fixtureFile } from '../support/shared.ts'
import '../support/autodiff.ts'

interface Fixture {
  readonly w0: number[]
  readonly a: number[]
  readonly lrs: number[]
  readonly steps: { readonly loss: number; readonly grad_norm: number; readonly w: number[] }[]
}

beforeAll(usePlainBackend)

test('twenty clipped AdamW updates on a cosine schedule match torch', async () => {
  const fixture = JSON.parse(readFileSync(fixtureFile('adamw.json'), 'utf8')) as Fixture
  const a = tf.tensor2d(fixture.a, [4, 5])
  const loss = (w: tf.Tensor): tf.Scalar =>
    tf.add(tf.sum(tf.square(tf.tanh(tf.matMul(a, tf.reshape(w, [5, 4]) as tf.Tensor2D)))), tf.sin(tf.sum(w)))
  let value: tf.Tensor = tf.tensor(fixture.w0)
  let moments = zeroMoments(value)
  const schedule = { learning_rate: 1e-2, min_learning_rate: 2e-3, lr_scheduler: 'cosine', warmup_steps: 0 } as const
  for (const [t, expected] of fixture.steps.entries()) {
    const learningRate = learningRateAt(t, 20, schedule)
    expect(learningRate).toBeCloseTo(fixture.lrs[t], 10)
    const { value: reached, grad } = tf.valueAndGrad(loss)(value)
    expect(reached.dataSync()[0]).toBeCloseTo(expected.loss, 4)
    const norm = Math.hypot(...grad.dataSync())
    expect(Math.abs(norm / expected.grad_norm - 1)).toBeLessThan(1e-4)
    const options = {
      learningRate,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0.1,
      step: t + 1,
      gradientScale: clipFactor(norm, 1),
    }
    ;({ value, moments } = adamwInPlace(value, null, { tensor: grad, precision: 'float32' }, moments, new AdamWScalars(options)))
    const w = value.dataSync()
    expect(Math.max(...expected.w.map((x, i) => Math.abs(x - w[i])))).toBeLessThan(1e-5)
  }
})
