import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { preferenceLoss } from '../../../main/engine/training/dpo.ts'
import { lossTypes } from '../../../main/shared/train-config.ts'
import { usePlainBackend } from '../../support/native.ts'
import '../../support/autodiff.ts'

beforeAll(usePlainBackend)

const values = (tensor: Tensor): number[] => [...tensor.dataSync()]
const reference = () => ({ chosen: tf.tensor1d([-14, -18, -3]), rejected: tf.tensor1d([-20, -9, -7]) })
const chosen = [-13.5, -18, -5]
const rejected = [-20.5, -8, -7]

test.each(lossTypes)('the derivatives of %s are those of its losses', (loss_type) => {
  const lossOf = (c: Tensor, r: Tensor) => preferenceLoss({ chosen: c, rejected: r }, reference(), { loss_type, beta: 0.3 })
  const [dchosen, drejected] = tf.grads((c, r) => tf.sum(lossOf(c, r).losses))([tf.tensor1d(chosen), tf.tensor1d(rejected)])
  const loss = lossOf(tf.tensor1d(chosen), tf.tensor1d(rejected))
  values(dchosen).forEach((d, i) => void expect(values(loss.dchosen)[i]).toBeCloseTo(d, 5))
  values(drejected).forEach((d, i) => void expect(values(loss.drejected)[i]).toBeCloseTo(d, 5))
})
