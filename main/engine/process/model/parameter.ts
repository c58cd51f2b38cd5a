import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import type { Precision } from '../../train-config.ts'
import { type Operand, operand } from '../backend/operand.ts'

/** One tensor of a Hugging Face folder that lies in a parameter: several are stored as one where they share an input. */
export interface Part {
  readonly name: string
  readonly shape: readonly number[] // of the part; parts follow each other along axis 0
}

/**
 * A weight of the model. Matrices carry an operand, the form products take them in; where the model is trained the
 * float32 master value is kept beside it and the operand is made anew after each update.
 */
export class Parameter {
  readonly name: string
  readonly parts: readonly Part[]
  readonly shape: readonly number[]
  readonly trainable: boolean
  readonly #matrix: boolean
  readonly #precision: Precision
  #value: Tensor | null
  #operand: Operand | null = null

  constructor(name: string, parts: readonly Part[], value: Tensor, options: { matrix: boolean; precision: Precision; trainable: boolean }) {
    this.name = name
    this.parts = parts
    this.shape = value.shape
    this.trainable = options.trainable
    this.#matrix = options.matrix
    this.#precision = options.precision
    this.#value = tf.keep(value)
    this.#refresh()
    if (!this.trainable && this.#matrix && this.#precision === 'bfloat16') {
      this.#value.dispose() // a frozen matrix is only ever multiplied with
      this.#value = null
    }
  }

  /** float32 value: masters, norms and biases have one; frozen bfloat16 matrices have none. */
  get value(): Tensor {
    if (!this.#value) throw new Error(`parameter ${this.name} is frozen in bfloat16 and has no float32 value`)
    return this.#value
  }

  get operand(): Operand {
    if (!this.#operand) throw new Error(`parameter ${this.name} is not a matrix`)
    return this.#operand
  }

  /** The operand where it is a copy of the value: who changes the value in place changes this too. */
  get rounded(): Operand | null {
    return this.#operand && this.#operand.tensor !== this.#value ? this.#operand : null
  }

  get size(): number {
    return this.shape.reduce((product, n) => product * n, 1)
  }

  /** Replace the value (the parameter owns it from now on). */
  assign(value: Tensor): void {
    this.#dispose()
    this.#value = tf.keep(value)
    this.#refresh()
  }

  dispose(): void {
    this.#dispose()
  }

  #refresh(): void {
    if (!this.#matrix || !this.#value) return
    const made = operand(this.#value, this.#precision)
    this.#operand = { ...made, tensor: tf.keep(made.tensor) }
  }

  #dispose(): void {
    this.rounded?.tensor.dispose()
    this.#value?.dispose()
    this.#operand = null
    this.#value = null
  }
}
