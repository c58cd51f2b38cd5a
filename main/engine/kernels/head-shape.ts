/** Head counts of an attention layer. */
export interface HeadShape {
  readonly heads: number // H
  readonly keyValueHeads: number // KV
  readonly headDim: number // D
}
