import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { type Operand, widen } from '../backends/operand.ts'
import { addInto, addRowsInto } from '../kernels/accumulate.ts'
import type { Parameter } from './parameter.ts'

/** Where a backward pass puts the gradients of parameters. */
export type GradientSums = Pick<Gradients, 'add'>

/**
 * Gradients by parameter name, summed over all additions: tied weights, micro-batches, rows. A gradient that is added only once keeps its
 * product's precision; sums are float32.
 */
export class Gradients {
  readonly #sums = new Map<string, Operand>()

  /** Add to a parameter's gradient. Takes ownership of the tensor. */
  add(name: string, gradient: Operand): void {
    if (!this.#sums.has(name)) this.#keep(name, gradient)
    else {
      this.#keep(name, float(addInto(this.#wide(name), gradient)))
      gradient.tensor.dispose()
    }
  }

  /** Scatter-add rows of a table's gradient: rows [N, C], indices [N]. */
  addRows({ name, shape }: Pick<Parameter, 'name' | 'shape'>, rows: Tensor, indices: Tensor): void {
    const sum = this.#sums.has(name) ? this.#wide(name) : tf.fill([...shape], 0)
    this.#keep(name, float(addRowsInto(sum, rows, indices)))
  }

  /** Replace a parameter's gradient. Takes ownership of the tensor. */
  set(name: string, sum: Operand): void {
    this.#sums.get(name)?.tensor.dispose()
    this.#keep(name, sum)
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

  /** Remove and return the sum as float32. */
  #wide(name: string): Tensor {
    const sum = this.#sums.get(name) as Operand
    if (sum.precision === 'float32') return sum.tensor
    const wide = widen(sum)
    sum.tensor.dispose()
    return wide
  }
}

/** A gradient added to a sum as `Gradients` does it: alone, it keeps its precision. Consumes the gradient, not the sum. */
export function sumOf(sum: Operand | null, gradient: Operand): Operand {
  if (sum === null) return gradient
  const total = tf.tidy(() => tf.add(widen(sum), widen(gradient)))
  gradient.tensor.dispose()
  return float(total)
}

const float = (tensor: Tensor): Operand => ({ tensor, precision: 'float32' })
