/** Converts text to token ids and back, with the model's own tokenizer. */
export interface Tokenizer {
  readonly vocabulary: number
  /** Tokens that a plain text should start with (usually BOS); `encode` doesn't add them. */
  readonly opening: readonly number[]
  /**
   * Token ids of the text, without BOS. `special`: parse special tokens in the text (`<|im_end|>`) instead of encoding their characters.
   */
  encode(text: string, options: { readonly special: boolean }): number[]
  /** Text of token ids; `special: false` omits special tokens. */
  decode(ids: readonly number[], options: { readonly special: boolean }): string
  isSpecial(id: number): boolean
  tokenOf(id: number): string | undefined
  idOf(token: string): number | undefined
}

/** A chat template (Jinja, as shipped with the model). */
export interface ChatTemplate {
  readonly source: string
  /** Render a conversation; `addGenerationPrompt` opens the assistant's turn. */
  render(
    messages: readonly { readonly role: string; readonly [key: string]: unknown }[],
    addGenerationPrompt: boolean,
    variables?: Readonly<Record<string, unknown>>,
  ): string
}
