import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { handleOf, isNative } from './raw-ops.ts'

/**
 * The way of large values to the device: through one place on the host, used again for tensor after tensor. Arrays are garbage that the
 * collector is in no hurry with, because they lie outside its heap: given one each, a model would stay in memory a second time.
 *
 * The native library goes on using an array that lies as its vectors want (at a multiple of 64 bytes), and copies any other. So the place
 * begins 4 bytes past such a multiple, and what it holds is copied. Other backends keep the array itself and get a new one each.
 */
export class Staging {
  #room = new Float32Array()

  /** Room for so many values, whatever they are now. */
  room(size: number): Float32Array {
    if (!isNative()) return new Float32Array(size)
    if (this.#room.length < size) {
      this.free()
      this.#room = new Float32Array(new ArrayBuffer(4 + 4 * size), 4)
    }
    return this.#room.subarray(0, size)
  }

  /** A tensor of the values in such a room, on the device at once: the room may be used again. */
  tensor(room: Float32Array, shape: readonly number[]): Tensor {
    const tensor = tf.tensor(room, [...shape])
    if (isNative()) handleOf(tensor)
    return tensor
  }

  /** Give the place back now, not when the collector comes by. */
  free(): void {
    this.#room.buffer.transfer(0)
    this.#room = new Float32Array()
  }
}
