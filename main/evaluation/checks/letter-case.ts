import { z } from 'zod'
import { type CheckKinds, checkKind } from './check-kind.ts'
import { holds, quantity, related, relation } from './quantities.ts'
import { isLowercase, isUppercase } from './text-parts.ts'

/**
 * The words of a text, with punctuation taken off and contractions divided as nltk's tokenizer does it: "IT'S" is IT and 'S. A word with a
 * hyphen is one.
 */
const tokens = (text: string): string[] =>
  text
    .replace(/n't\b/gi, ' $&')
    .replace(/'(?:s|m|d|ll|re|ve)\b/gi, ' $&')
    .replace(/\b(can)(not)\b/gi, '$1 $2')
    .replace(/--+|\.{2,}|[,:](?!\d)|[;@#$%&?!()[\]{}<>"“”«»`*]/g, ' ')
    .split(/\s+/)

/** Capitals, lowercase, and commas. */
export const caseChecks: CheckKinds = {
  // IFEval's number of words includes initials and "I".
  'change_case:capital_word_frequency': checkKind({
    args: z.strictObject({ capital_frequency: quantity, capital_relation: relation }),
    describe: ({ capital_frequency, capital_relation }) =>
      `The response contains ${related(capital_relation, capital_frequency, 'word')} in all capital letters.`,
    isMet: (response, { capital_frequency, capital_relation }) =>
      holds(tokens(response).filter(isUppercase).length, capital_relation, capital_frequency),
  }),
  // IFEval also has a program guess whether the language is English, which fails for short texts; it is taken as English here.
  'change_case:english_capital': checkKind({
    args: z.strictObject({}),
    describe: () => 'The whole response is in English and in capital letters.',
    isMet: (response) => isUppercase(response),
  }),
  'change_case:english_lowercase': checkKind({
    args: z.strictObject({}),
    describe: () => 'The whole response is in English and in lowercase letters.',
    isMet: (response) => isLowercase(response),
  }),
  'punctuation:no_comma': checkKind({
    args: z.strictObject({}),
    describe: () => "The response doesn't contain a comma.",
    isMet: (response) => !response.includes(','),
  }),
}
