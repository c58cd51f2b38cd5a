import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Precision } from '../../shared/train-config.ts'
import { type Operand, operand } from '../backends/operand.ts'

/** A Hugging Face tensor within a parameter. Tensors with the same input are stored as one parameter. */
export interface Part {
  readonly name: string
  readonly shape: readonly number[] // of the part; parts are concatenated along axis 0
}

/**
 * A model weight. Matrices have an operand, the form used in products. When training, the float32 master value is kept as well, and the
 * operand is recomputed after each update.
 */
export class Parameter {
  readonly name: string
  readonly parts: readonly Part[]
  readonly shape: readonly number[]
  readonly #matrix: boolean
  readonly #precision: Precision
  #trainable: boolean
  #value: Tensor | null = null
  #operand: Operand | null = null

  /** Takes ownership of `given`: the float32 value, or of a frozen matrix only its operand. */
  constructor(
    name: string,
    parts: readonly Part[],
    given: Operand,
    options: { readonly matrix: boolean; readonly precision: Precision; readonly trainable: boolean },
  ) {
    this.name = name
    this.parts = parts
    this.shape = given.tensor.shape
    this.#trainable = options.trainable
    this.#matrix = options.matrix
    this.#precision = options.precision
    const tensor = tf.keep(given.tensor)
    if (given.precision === 'float32') this.#value = tensor
    else this.#operand = { ...given, tensor }
    this.#refresh()
  }

  get trainable(): boolean {
    return this.#trainable
  }

  /** Ends training. A frozen matrix is only used in products, so a rounded one loses its float32 value. */
  freeze(): void {
    this.#trainable = false
    if (this.rounded === null) return
    this.#value?.dispose()
    this.#value = null
  }

  /** The float32 value. Master weights, norms and biases have one; frozen bfloat16 matrices don't. */
  get value(): Tensor {
    if (!this.#value) throw new Error(`parameter ${this.name} is frozen in bfloat16 and has no float32 value`)
    return this.#value
  }

  get operand(): Operand {
    if (!this.#operand) throw new Error(`parameter ${this.name} is not a matrix`)
    return this.#operand
  }

  /** The operand if it is a rounded copy of the value. Code that changes the value in place must update this too. */
  get rounded(): Operand | null {
    return this.#operand && this.#operand.tensor !== this.#value ? this.#operand : null
  }

  /** The form that a layer uses: a matrix's operand, another parameter's value. */
  get used(): Operand {
    return this.#operand ?? { tensor: this.value, precision: 'float32' }
  }

  get size(): number {
    return this.shape.reduce((product, n) => product * n, 1)
  }

  /** Replace the value, and its rounded copy if that was computed with it. Takes ownership of the tensors. */
  assign(value: Tensor, rounded: Operand | null = null): void {
    this.#dispose()
    this.#value = tf.keep(value)
    this.#refresh(rounded)
  }

  dispose(): void {
    this.#dispose()
  }

  #refresh(rounded: Operand | null = null): void {
    if (!this.#matrix || !this.#value) return
    const made = rounded ?? operand(this.#value, this.#precision)
    this.#operand = { ...made, tensor: tf.keep(made.tensor) }
  }

  #dispose(): void {
    this.rounded?.tensor.dispose()
    this.#value?.dispose()
    this.#operand = null
    this.#value = null
  }
}
