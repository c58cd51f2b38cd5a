import { z } from 'zod'
import { type CheckKinds, checkKind } from './check-kind.ts'
import { amount, bounds, holds, isWithin, quantity, related, relation, within } from './quantities.ts'
import { countSentences, countWordRuns, countWords } from './text-parts.ts'

const nth = z.int().min(1)

/** How long a response is, in words, sentences, or paragraphs. */
export const lengthChecks: CheckKinds = {
  // A word is a series of letters and digits, so "don't" is two; `laurel:words` counts it as one.
  'length_constraints:number_words': checkKind({
    args: z.strictObject({ num_words: quantity, relation }),
    describe: ({ num_words, relation }) => `The response has ${related(relation, num_words, 'word')}.`,
    isMet: (response, { num_words, relation }) => holds(countWordRuns(response), relation, num_words),
  }),
  'length_constraints:number_sentences': checkKind({
    args: z.strictObject({ num_sentences: quantity, relation }),
    describe: ({ num_sentences, relation }) => `The response has ${related(relation, num_sentences, 'sentence')}.`,
    isMet: (response, { num_sentences, relation }) => holds(countSentences(response), relation, num_sentences),
  }),
  // Paragraphs are separated by ***; a blank one is an error unless it is the first or the last.
  'length_constraints:number_paragraphs': checkKind({
    args: z.strictObject({ num_paragraphs: quantity }),
    describe: ({ num_paragraphs }) => `The response has exactly ${amount(num_paragraphs, 'paragraph')}, separated by ***.`,
    isMet(response, { num_paragraphs }) {
      const parts = response.split('***').map((part) => part.trim())
      const isBlankInside = parts.some((part, i) => part === '' && i > 0 && i < parts.length - 1)
      return !isBlankInside && parts.filter((part) => part !== '').length === num_paragraphs
    },
  }),
  // Paragraphs are separated by two newlines. The place counts blank ones, their number doesn't, as in IFEval.
  'length_constraints:nth_paragraph_first_word': checkKind({
    args: z
      .strictObject({ num_paragraphs: nth, nth_paragraph: nth, first_word: z.string().min(1) })
      .refine(({ num_paragraphs, nth_paragraph }) => nth_paragraph <= num_paragraphs, "nth_paragraph can't be more than num_paragraphs"),
    describe: ({ num_paragraphs, nth_paragraph, first_word }) =>
      `The response has exactly ${amount(num_paragraphs, 'paragraph')}, separated by blank lines, and paragraph ${nth_paragraph} starts with the word "${first_word}".`,
    isMet(response, { num_paragraphs, nth_paragraph, first_word }) {
      const parts = response.split('\n\n').map((part) => part.trim())
      if (parts.filter((part) => part !== '').length !== num_paragraphs) return false
      const [word] = parts[nth_paragraph - 1].split(/\s+/)
      const [bare] = word.replace(/^'*"*/, '').split(/[.,?!'"]/)
      return parts[nth_paragraph - 1] !== '' && bare.toLowerCase() === first_word.toLowerCase()
    },
  }),
  'laurel:words': checkKind({
    args: bounds,
    describe: (args) => `The response has ${within(args, 'word')}.`,
    isMet: (response, args) => isWithin(countWords(response), args),
  }),
  'laurel:sentences': checkKind({
    args: bounds,
    describe: (args) => `The response has ${within(args, 'sentence')}.`,
    isMet: (response, args) => isWithin(countSentences(response), args),
  }),
}
