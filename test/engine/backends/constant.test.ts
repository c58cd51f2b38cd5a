import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { constant } from '../../../main/engine/backends/constant.ts'
import { startCpu, startWasm } from '../../../main/engine/backends/plain-backend.ts'
import '../../support/autodiff.ts'

test('a constant is made once, survives a scope, and counts as no leak', async () => {
  await startCpu()
  const before = tf.memory()
  const half = tf.tidy(() => constant(0.5))
  const product = tf.tidy(() => tf.mul(tf.tensor1d([2, 4]), half).dataSync())
  expect([...product]).toEqual([1, 2])
  expect(constant(0.5)).toBe(half)
  expect(constant(0.25)).not.toBe(half)
  expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers })
})

test('another backend has its own constants, and those of the one before are freed', async () => {
  await startCpu()
  const cpu = tf.backend()
  const without = cpu.numDataIds()
  const onCpu = constant(3)
  expect(cpu.numDataIds()).toBeGreaterThan(without)
  await startWasm()
  const onWasm = constant(3)
  expect(onWasm).not.toBe(onCpu)
  expect(tf.add(tf.tensor1d([1]), onWasm).dataSync()[0]).toBe(4)
  expect(cpu.numDataIds()).toBeLessThanOrEqual(without)
  await startCpu()
  expect(tf.add(tf.tensor1d([1]), constant(3)).dataSync()[0]).toBe(4)
})

test('a formula with a constant can be differentiated', async () => {
  await startCpu()
  const gradient = tf.grad((x) => tf.sum(tf.mul(tf.square(x), constant(2))))(tf.tensor1d([1, 3]))
  expect([...gradient.dataSync()]).toEqual([4, 12])
})
