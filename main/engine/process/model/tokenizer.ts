/** Text to token ids and back, by the model's own tokenizer. */
export interface Tokenizer {
  readonly vocabulary: number
  /** What a plain text is meant to begin with (BOS, mostly); `encode` doesn't add it. */
  readonly opening: readonly number[]
  /** Ids of the text. No BOS is added. `special`: parse special tokens written in the text (`<|im_end|>`) instead of spelling them. */
  encode(text: string, options: { readonly special: boolean }): number[]
  /** Text of the ids; `special: false` leaves special tokens out. */
  decode(ids: readonly number[], options: { readonly special: boolean }): string
  isSpecial(id: number): boolean
  tokenOf(id: number): string | undefined
  idOf(token: string): number | undefined
}

/** A chat template (Jinja, as shipped with the model). */
export interface ChatTemplate {
  readonly source: string
  /** The text of a conversation; `addGenerationPrompt` opens the assistant's turn. */
  render(
    messages: readonly { readonly role: string; readonly [key: string]: unknown }[],
    addGenerationPrompt: boolean,
    variables?: Readonly<Record<string, unknown>>,
  ): string
}
