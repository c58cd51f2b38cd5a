import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { type Operand, widen } from '../backend/operand.ts'
import { addInto, addRowsInto } from '../kernels/accumulate.ts'
import type { Parameter } from './parameter.ts'

/**
 * Gradients by parameter name, summed over whatever is added: layers that share a weight, micro-batches, rows. A gradient that is added
 * once stays in the precision of its product; sums are float32.
 */
export class Gradients {
  readonly #sums = new Map<string, Operand>()

  /** Add to a parameter's gradient. The tensor is taken over. */
  add(name: string, gradient: Operand): void {
    if (!this.#sums.has(name)) this.#keep(name, gradient)
    else {
      this.#keep(name, float(addInto(this.#wide(name), gradient)))
      gradient.tensor.dispose()
    }
  }

  /** Add rows of a table's gradient, each where it came from: rows [N, C], indices [N]. */
  addRows({ name, shape }: Pick<Parameter, 'name' | 'shape'>, rows: Tensor, indices: Tensor): void {
    const sum = this.#sums.has(name) ? this.#wide(name) : tf.fill([...shape], 0)
    this.#keep(name, float(addRowsInto(sum, rows, indices)))
  }

  get(name: string): Operand | undefined {
    return this.#sums.get(name)
  }

  get names(): string[] {
    return [...this.#sums.keys()]
  }

  dispose(): void {
    for (const { tensor } of this.#sums.values()) tensor.dispose()
    this.#sums.clear()
  }

  #keep(name: string, sum: Operand): void {
    tf.keep(sum.tensor)
    this.#sums.set(name, sum)
  }

  /** The sum so far as float32, no longer kept here. */
  #wide(name: string): Tensor {
    const sum = this.#sums.get(name) as Operand
    if (sum.precision === 'float32') return sum.tensor
    const wide = widen(sum)
    sum.tensor.dispose()
    return wide
  }
}

const float = (tensor: Tensor): Operand => ({ tensor, precision: 'float32' })
