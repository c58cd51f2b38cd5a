import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { expect } from 'vitest'
import { kernelSet } from '../../../../main/engine/backends/kernel-set.ts'
import { type Operand, widen } from '../../../../main/engine/backends/operand.ts'
import { usePlainBackend } from '../../../support/native.ts'
import { useSoftwareAdapter } from '../../../support/software-adapter.ts'
import { withSurplusGroups } from './passes.ts'

type Result = Tensor | Operand

/** For `beforeAll`: the plain formulas in JavaScript and the shaders on a software adapter, in one process. */
export async function useTwins(): Promise<void> {
  await usePlainBackend()
  await useSoftwareAdapter()
  expect(kernelSet()).toBe('wgsl')
}

/** Results of the same calls with the plain formulas and with the shaders, which have surplus workgroups, by name. No tensor may leak. */
export async function twins<K extends string>(compute: () => Readonly<Record<K, Result>>): Promise<Record<K, Twin>> {
  const plain = await resultsOn('cpu', compute)
  const wgsl = await withSurplusGroups(() => resultsOn('webgpu', compute))
  return Object.fromEntries(Object.keys(plain).map((name) => [name, { plain: plain[name as K], wgsl: wgsl[name as K] }])) as Record<K, Twin>
}

interface Values {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

interface Twin {
  readonly plain: Values
  readonly wgsl: Values
}

/** All results of a computation on one backend. */
export async function resultsOn<K extends string>(
  backend: 'cpu' | 'webgpu',
  compute: () => Readonly<Record<K, Result>>,
): Promise<Record<K, Values>> {
  await tf.setBackend(backend)
  const before = tf.memory().numTensors
  const results = tf.tidy(() => {
    const made = Object.entries<Result>(compute()).map(
      ([name, result]) => [name, 'precision' in result ? widen(result) : result.clone()] as const,
    )
    return Object.fromEntries(made) as Record<K, Tensor>
  })
  const read = await Promise.all(
    Object.entries<Tensor>(results).map(
      async ([name, tensor]) => [name, { shape: tensor.shape, values: [...(await tensor.data())] }] as const,
    ),
  )
  tf.dispose(results)
  expect(tf.memory().numTensors).toBe(before)
  return Object.fromEntries(read) as unknown as Record<K, Values>
}

/** Largest difference, relative to a value's own size or that of the terms that were summed, whichever is larger. */
export function differenceOf({ plain, wgsl }: Twin, scale = 1): number {
  expect(wgsl.shape).toEqual(plain.shape)
  let worst = 0
  plain.values.forEach((value, i) => {
    const other = wgsl.values[i]
    if (Object.is(value, other) || value === other) return
    const difference = Math.abs(value - other) / Math.max(scale, Math.abs(value))
    worst = Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference)
  })
  return worst
}

/** Equal up to rounding of float32 sums in another order; WGSL's exp, log and roots may be off by a few units in the last place. */
export function expectTwins(results: Readonly<Record<string, Twin>>, scale = 1, tolerance = 5e-6): void {
  for (const [name, twin] of Object.entries(results)) {
    expect([name, differenceOf(twin, scale)]).toEqual([name, expect.toSatisfy((difference: number) => difference <= tolerance)])
  }
}
