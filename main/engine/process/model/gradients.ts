import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'

/** Gradients by parameter name, summed over whatever is added: layers that share a weight, micro-batches, rows. */
export class Gradients {
  readonly #sums = new Map<string, Tensor>()

  /** Add to a parameter's gradient. The tensor is taken over. */
  add(name: string, gradient: Tensor): void {
    const sum = this.#sums.get(name)
    if (!sum) {
      this.#sums.set(name, tf.keep(gradient))
      return
    }
    this.#sums.set(name, tf.keep(sum.add(gradient)))
    sum.dispose()
    gradient.dispose()
  }

  get(name: string): Tensor | undefined {
    return this.#sums.get(name)
  }

  get names(): string[] {
    return [...this.#sums.keys()]
  }

  dispose(): void {
    for (const sum of this.#sums.values()) sum.dispose()
    this.#sums.clear()
  }
}
