/**
 * The demo model's vocabulary: one token per character. Printable ASCII 32 .. 126 has ids 4 .. 98. The model folder's tokenizer.json has
 * the same table; pre-training uses this one because it needs no text parsing.
 */
export const padToken = 0
export const bosToken = 1
export const eosToken = 2
export const newlineToken = 3
export const unknownToken = 99
/** A multiple of eight, for the matrix kernels; the last four are unused. */
export const vocabularySize = 104

const firstPrintable = 32
const lastPrintable = 126
const firstPrintableToken = 4

/** A text's tokens, without BOS and EOS. */
export const tokensOf = (text: string): number[] => Array.from(text, tokenOf)

function tokenOf(character: string): number {
  if (character === '\n') return newlineToken
  const code = character.codePointAt(0)!
  return code < firstPrintable || code > lastPrintable ? unknownToken : code - firstPrintable + firstPrintableToken
}

/** Every named token in id order, as tokenizer.json lists them. */
export function vocabularyTexts(): string[] {
  const printable = Array.from({ length: lastPrintable - firstPrintable + 1 }, (_, i) => String.fromCharCode(firstPrintable + i))
  return ['<pad>', '<s>', '</s>', '\n', ...printable, '<unk>']
}
