import type { Activation, ArchitectureId } from '../../../shared/architectures.ts'

/** The keys of a `config.json` that architectures read differently. Sizes and RoPE are the same for all (`../config.ts`). */
export interface OwnKeys {
  readonly num_hidden_layers: number
  readonly attention_bias?: boolean | null
  readonly mlp_bias?: boolean | null
  readonly sliding_window?: number | null
  readonly use_sliding_window?: boolean | null
  readonly max_window_layers?: number | null
  readonly layer_types?: readonly string[] | null
}

/** The error for something that Laurel lacks, to be thrown: `x is not supported`. */
export type Unsupported = (what: string) => Error

/** Layers that see only a window, and rotate by other frequencies, in a model whose other layers see everything. */
export interface LocalLayers {
  readonly isLocal: readonly boolean[] // by layer
  /** Each token sees at most this many positions, itself included. */
  readonly window: number
  readonly ropeTheta: number
}

/** What a decoder does besides what Llama's does; the values here are Llama's (`plainDecoder`). */
export interface DecoderOptions {
  readonly activation: Activation
  /** RMSNorm over what attention and feed-forward return, before it is added to the stream. */
  readonly branchNorms: boolean
  /** Added to every norm's weight: files hold `w`, and the norm multiplies by `offset + w`. */
  readonly normOffset: number
  /** Factor of the input embedding. */
  readonly embeddingScale: number
  /** Factor of queries, besides attention's `1 / sqrt(D)`. Needs `queryKeyNorm`, whose weight it joins. */
  readonly queryScale: number
  readonly localLayers: LocalLayers | null
}

export const plainDecoder: DecoderOptions = {
  ...{ activation: 'silu', branchNorms: false, normOffset: 0, embeddingScale: 1, queryScale: 1, localLayers: null },
}

/** What distinguishes one decoder from the others. The rest of the decoder is shared (`../decoder.ts`, `../layer.ts`). */
export interface Architecture {
  readonly id: ArchitectureId
  /** The class that loads it in transformers, written to `config.json`. */
  readonly className: string
  /** Biases on q, k and v. */
  readonly attentionBias: boolean
  /** RMSNorm over each head's q and k. */
  readonly queryKeyNorm: boolean
  /** Throws for options that change the result and that the decoder lacks. */
  rejectOptions(config: OwnKeys, unsupported: Unsupported): void
  /** Each token sees at most this many positions, itself included; null: all. Throws for windows that the decoder lacks. */
  slidingWindow(config: OwnKeys, unsupported: Unsupported): number | null
  /**
   * `config.json` with the keys that are the same for all architectures, where this one names them differently or has other defaults.
   * Throws a ZodError for values that are invalid.
   */
  commonKeys?(json: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>
  /** What differs from Llama. Throws a ZodError for values that are invalid. */
  decoder?(json: Readonly<Record<string, unknown>>, unsupported: Unsupported): Partial<DecoderOptions>
  readonly gguf: GgufForm
}

/** What the architecture's own part of a GGUF file says, without the `NAME.` before each key. */
export interface GgufKeys {
  number(key: string): number | undefined
  readonly layers: number
  readonly hidden: number
  readonly heads: number
  readonly headDim: number
}

/** How llama.cpp's converter writes the architecture. */
interface GgufForm {
  /** `general.architecture`; shared by architectures that differ in their window. */
  readonly name: string
  /** Whether a file with this name is of this architecture if it has a sliding window, or if it has none. */
  readonly windowed: boolean
  /** The rows of each head's q and k are interleaved: GGML rotates adjacent rows together, Hugging Face row j with row j + D/2. */
  readonly interleaved: boolean
  /** A layer's tensors that are named differently from Llama's: GGUF's name -> Hugging Face's. */
  readonly layerNames?: Readonly<Record<string, string>>
  /** Keys of `config.json` that only this architecture has, of a file with this sliding window (0: none). */
  configKeys(window: number, keys: GgufKeys): Readonly<Record<string, unknown>>
  /** The architecture's own keys of a file to write. Throws for what the format can't express. */
  ownKeys?(config: GgufConfig, unsupported: Unsupported): Readonly<Record<string, number>>
}

/** The part of a configuration that `ownKeys` reads. */
interface GgufConfig extends DecoderOptions {
  readonly layers: number
  readonly hidden: number
  readonly heads: number
  readonly headDim: number
  readonly slidingWindow: number | null
}
