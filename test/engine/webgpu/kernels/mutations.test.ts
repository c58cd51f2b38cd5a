import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect } from 'vitest'
import { operand, product } from '../../../../main/engine/backends/operand.ts'
import { attendBackward, attendSelf } from '../../../../main/engine/kernels/attention.ts'
import { disposeRuns, placeRuns } from '../../../../main/engine/kernels/attention-runs.ts'
import { addRmsNorm } from '../../../../main/engine/kernels/rms-norm.ts'
import { shortlist } from '../../../../main/engine/kernels/shortlist.ts'
import { usePlainBackend } from '../../../support/native.ts'
import { needing, softwareAdapter } from '../../../support/needs.ts'
import { useSoftwareAdapter, webgpuBackend } from '../../../support/software-adapter.ts'
import { sharedPrompt } from '../../kernels/attention-layouts.ts'
import { normal, normalOperand } from '../../kernels/comparison.ts'
import { differenceOf, resultsOn } from './twins.ts'

/** Mistakes that the comparisons with the plain formulas must notice: each is put into a shader before a fresh device compiles it. */

const shape = { heads: 2, keyValueHeads: 1, headDim: 6 }
const runs = sharedPrompt(21, 30, 9)

function attention(window: number | null) {
  const [qkv, dy] = [normalOperand([60, 24], 1, 'float32'), normalOperand([60, 12], 2, 'float32')]
  const placed = placeRuns(runs, window)
  const attended = attendSelf(qkv, placed, shape)
  const dqkv = attendBackward(dy, qkv, attended, placed, shape)
  disposeRuns(placed)
  return { y: attended.y, dqkv }
}

const norm = () => ({ y: addRmsNorm(normal([3, 130], 1, 2), null, normal([130], 2), 1e-5, 'float32').y })
const halves = () => ({ y: operand(tf.tensor1d([1, 2, 3, 4]), tf.getBackend() === 'webgpu' ? 'bfloat16' : 'float32') })
const narrowProduct = () => {
  const x = [1, 2].map((seed) => operand(tf.round(normal([20, 20], seed, 4)), tf.getBackend() === 'webgpu' ? 'bfloat16' : 'float32'))
  return { y: product(x[0], x[1]) }
}

interface Mutation {
  readonly shader: string
  readonly mistake: string
  readonly from: string
  readonly to: string
  readonly compute: () => Readonly<Record<string, tf.Tensor | ReturnType<typeof operand>>>
}

const barrier = 'workgroupBarrier();'
const mutations: readonly Mutation[] = [
  {
    shader: 'attention',
    mistake: 'sees the next token',
    from: 'key <= query &&',
    to: 'key <= query + 1 &&',
    compute: () => attention(null),
  },
  { shader: 'attention', mistake: 'has a window too wide', from: 'key > query -', to: 'key >= query -', compute: () => attention(5) },
  {
    shader: 'attention-query-gradient',
    mistake: 'sees the next token',
    from: 'key <= query &&',
    to: 'key <= query + 1 &&',
    compute: () => attention(null),
  },
  {
    shader: 'attention-key-gradient',
    mistake: 'has a window too wide',
    from: 'key > query -',
    to: 'key >= query -',
    compute: () => attention(5),
  },
  {
    ...{ shader: 'attention-key-gradient', mistake: 'leaves out all but the first of the runs that see a key' },
    ...{ from: 'view < tiles[4 * tile + 2] + tiles[4 * tile + 3]', to: 'view < tiles[4 * tile + 2] + min(1, tiles[4 * tile + 3])' },
    compute: () => attention(null),
  },
  { shader: 'rms-norm', mistake: 'reads a sum before it is complete', from: barrier, to: '', compute: norm },
  {
    shader: 'round',
    mistake: 'swaps the halves of a word',
    from: 'half_of(a) | (half_of(b) << 16)',
    to: 'half_of(b) | (half_of(a) << 16)',
    compute: halves,
  },
  { shader: 'widen', mistake: 'swaps the halves of a word', from: 'i & 1]', to: '1 - (i & 1)]', compute: halves },
  { shader: 'product', mistake: 'multiplies before the terms are there', from: barrier, to: '', compute: narrowProduct },
  {
    shader: 'shortlist',
    mistake: 'lists higher ids first',
    from: 'places[b] < places[a]',
    to: 'places[b] > places[a]',
    compute: () => ({ ids: tied() }),
  },
]

function tied(): tf.Tensor {
  return tf.cast(shortlist({ tensor: tf.ones([1, 300]), precision: 'float32' }, 1, 4).ids, 'float32')
}

needing(softwareAdapter).describe('a mistake in a shader is noticed:', () => {
  beforeAll(usePlainBackend)
  const { test } = needing(softwareAdapter)

  test.each(mutations)(
    '$shader $mistake',
    async ({ shader, from, to, compute }) => {
      const expected = await resultsOn('cpu', compute)
      if (tf.findBackendFactory('webgpu')) tf.removeBackend('webgpu')
      await useSoftwareAdapter()
      const { device } = webgpuBackend()
      const create = device.createShaderModule.bind(device)
      let changed = 0
      device.createShaderModule = (descriptor) => {
        if (descriptor.label !== shader) return create(descriptor)
        const code = descriptor.code.replaceAll(from, to)
        if (code !== descriptor.code) changed++
        return create({ ...descriptor, code })
      }
      const actual = await resultsOn('webgpu', compute)
      expect(changed).toBe(1)
      const worst = Object.keys(expected).map((name) => differenceOf({ plain: expected[name], wgsl: actual[name] }, 8))
      expect(Math.max(...worst)).toBeGreaterThan(1e-4) // twenty times what the comparisons allow
    },
    600_000,
  )
})
