import type { ArchitectureId } from '../../../shared/architectures.ts'

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
  readonly gguf: GgufForm
}

/** How llama.cpp's converter writes the architecture. */
interface GgufForm {
  /** `general.architecture`; shared by architectures that differ in their window. */
  readonly name: string
  /** Whether a file with this name is of this architecture if it has a sliding window, or if it has none. */
  readonly windowed: boolean
  /** The rows of each head's q and k are interleaved: GGML rotates adjacent rows together, Hugging Face row j with row j + D/2. */
  readonly interleaved: boolean
  /** Keys of `config.json` that only this architecture has. */
  configKeys(window: number): Readonly<Record<string, unknown>>
}
