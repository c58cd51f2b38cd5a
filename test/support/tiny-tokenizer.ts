/** The 256 characters that represent bytes in byte-level encoding: printable Latin-1 as itself, the rest from U+0100 on. */
export function byteCharacters(): string[] {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++))
}

export const specialTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>']

const merges = ['h e', 'l l', 'he ll', 'hell o', 'Ġ w', 'o r', 'Ġw or', '1 2', '< |']

/** A byte-level tokenizer with 269 tokens: three special ones, every byte, nine merges, and one user-defined token. */
export const tinyVocabulary = [...specialTokens, ...byteCharacters(), ...merges.map((merge) => merge.replace(' ', '')), '[tool]']

/** Its GGUF metadata. */
export const tinyTokenizerMetadata = (pre = 'smollm') => ({
  'tokenizer.ggml.model': 'gpt2',
  'tokenizer.ggml.pre': pre,
  'tokenizer.ggml.tokens': tinyVocabulary,
  'tokenizer.ggml.token_type': tinyVocabulary.map((token, id) => (id < specialTokens.length ? 3 : token === '[tool]' ? 4 : 1)),
  'tokenizer.ggml.merges': merges,
  'tokenizer.ggml.bos_token_id': 1,
  'tokenizer.ggml.eos_token_id': 2,
  'tokenizer.chat_template': chatMl,
})

export const chatMl = [
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}",
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
].join('')
