/**
 * Weights in any file format. Names and shapes are Hugging Face's (`model.layers.0.self_attn.q_proj.weight`, [out, in]); values are
 * float32.
 */
export interface WeightSource {
  readonly names: readonly string[]
  has(name: string): boolean
  shape(name: string): readonly number[]
  /**
   * A tensor's values, row-major. Read from disk and converted on each call, so that there is no second copy. Fills `room` (of the tensor's
   * size) if given.
   */
  read(name: string, room?: Float32Array): Float32Array
  close(): void
}
