import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { handleOf, isNative } from './raw-ops.ts'

/**
 * Upload buffer: large values reach the device through one reusable host buffer. Typed arrays are outside the JavaScript heap, so the
 * garbage collector frees them late; with one array per tensor, a second copy of the model would stay in memory.
 *
 * The native library keeps using an array that is aligned to 64 bytes and copies any other. The buffer is therefore misaligned by 4 bytes,
 * to force a copy. Other backends keep the array itself and get a new one each time.
 */
export class UploadBuffer {
  #room = new Float32Array()

  /** A buffer for this many values; contents undefined. */
  room(size: number): Float32Array {
    if (!isNative()) return new Float32Array(size)
    if (this.#room.length < size) {
      this.free()
      this.#room = new Float32Array(new ArrayBuffer(4 + 4 * size), 4)
    }
    return this.#room.subarray(0, size)
  }

  /** Upload the buffer's values as a tensor. The buffer can be reused immediately. */
  tensor(room: Float32Array, shape: readonly number[]): Tensor {
    const tensor = tf.tensor(room, [...shape])
    if (isNative()) handleOf(tensor)
    return tensor
  }

  /** Free the buffer now instead of waiting for the garbage collector. */
  free(): void {
    this.#room.buffer.transfer(0)
    this.#room = new Float32Array()
  }
}
