/**
 * Where weights come from, whatever the file format. Names and shapes are Hugging Face's
 * (`model.layers.0.self_attn.q_proj.weight`, [out, in]); values are float32.
 */
export interface WeightSource {
  readonly names: readonly string[]
  has(name: string): boolean
  shape(name: string): readonly number[]
  /**
   * The tensor's values, row-major; read from disk and converted at each call, so that no second copy is kept. Into `room` where it is
   * given, which has the tensor's size.
   */
  read(name: string, room?: Float32Array): Float32Array
  close(): void
}
