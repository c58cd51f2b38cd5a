import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { UploadBuffer } from '../../../main/engine/backends/upload-buffer.ts'
import { hasNative, useNativeBackend, usePlainBackend, useWasmBackend } from '../../support/native.ts'
import { backendIs, nativeLibrary, needing } from '../../support/needs.ts'

const backends = [
  { name: 'plain', use: usePlainBackend, present: true },
  { name: 'wasm', use: useWasmBackend, present: true },
  { name: 'native', use: useNativeBackend, present: hasNative },
]

for (const { name, use, present } of backends) {
  needing(backendIs(present)).describe(`values uploaded to the ${name} backend`, () => {
    beforeAll(use)

    test('stay unchanged when the upload buffer is reused', () => {
      const staging = new UploadBuffer()
      const sizes = [1, 7, 64, 1024, 5, 100_000, 99_999] // includes every alignment
      const tensors = sizes.map((size, i) => {
        const room = staging.room(size)
        for (let at = 0; at < size; at++) room[at] = 1000 * i + (at % 1000)
        return staging.tensor(room, [size, 1])
      })
      staging.room(100_000).fill(-1)
      staging.free()
      tensors.forEach((tensor, i) => {
        expect(tensor.shape).toEqual([sizes[i], 1])
        expect([...tensor.dataSync()]).toEqual(Array.from({ length: sizes[i] }, (_, at) => 1000 * i + (at % 1000)))
      })
      tf.dispose(tensors)
    })
  })
}

needing(nativeLibrary).describe('on the native backend', () => {
  beforeAll(useNativeBackend)

  test('one upload buffer serves all tensors and can be freed', () => {
    const staging = new UploadBuffer()
    const before = process.memoryUsage().arrayBuffers
    const tensors = Array.from({ length: 20 }, () => staging.tensor(staging.room(1 << 20).fill(1), [1 << 20]))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * (4 << 20))
    staging.free()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20)
    tf.dispose(tensors)
  })
})
