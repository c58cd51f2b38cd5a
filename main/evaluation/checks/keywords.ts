import { z } from 'zod'
import { type CheckKinds, checkKind } from './check-kind.ts'
import { holds, quantity, related, relation } from './quantities.ts'
import { containsWord, countInAnyCase } from './text-parts.ts'

const text = z.string().refine((value) => value.trim() !== '', 'is blank')
const words = z.array(text).min(1)
const letter = z.string().refine((value) => [...value].length === 1 && value.trim() !== '', 'must be one letter')

const list = (texts: readonly string[]): string => texts.map((text) => `"${text}"`).join(', ')

const wordOrWords = (texts: readonly string[]): string => `${texts.length === 1 ? 'the word' : 'the words'} ${list(texts)}`

/** Words that must or mustn't occur. IFEval reads keywords as regular expressions; here they are plain text. */
export const keywordChecks: CheckKinds = {
  // Every keyword occurs, in any case, also inside a word.
  'keywords:existence': checkKind({
    args: z.strictObject({ keywords: words }),
    describe: ({ keywords }) => `The response contains ${wordOrWords(keywords)}.`,
    isMet: (response, { keywords }) => keywords.every((keyword) => countInAnyCase(response, keyword) > 0),
  }),
  'keywords:frequency': checkKind({
    args: z.strictObject({ keyword: text, frequency: quantity, relation }),
    describe: ({ keyword, frequency, relation }) =>
      `The response contains the word "${keyword.trim()}" ${related(relation, frequency, 'time')}.`,
    isMet: (response, { keyword, frequency, relation }) => holds(countInAnyCase(response, keyword.trim()), relation, frequency),
  }),
  // As whole words, in any case.
  'keywords:forbidden_words': checkKind({
    args: z.strictObject({ forbidden_words: words }),
    describe: ({ forbidden_words }) =>
      `The response doesn't contain ${forbidden_words.length === 1 ? 'the word' : 'any of the words'} ${list(forbidden_words)}.`,
    isMet: (response, { forbidden_words }) => !forbidden_words.some((word) => containsWord(response, word)),
  }),
  // IFEval replaces a character that isn't an English letter with a random letter; here it counts as it is.
  'keywords:letter_frequency': checkKind({
    args: z.strictObject({ letter, let_frequency: quantity, let_relation: relation }),
    describe: ({ letter, let_frequency, let_relation }) =>
      `The response contains the letter ${letter.toLowerCase()} ${related(let_relation, let_frequency, 'time')}.`,
    isMet: (response, { letter, let_frequency, let_relation }) => holds(countInAnyCase(response, letter), let_relation, let_frequency),
  }),
  'laurel:contains': checkKind({
    args: z.strictObject({ text }),
    describe: ({ text }) => `The response contains the text "${text}", spelled exactly so.`,
    isMet: (response, { text }) => response.includes(text),
  }),
  'laurel:no_word': checkKind({
    args: z.strictObject({ word: text }),
    describe: ({ word }) => `The response doesn't contain the word "${word.trim()}".`,
    isMet: (response, { word }) => !containsWord(response, word.trim()),
  }),
  'laurel:no_letter': checkKind({
    args: z.strictObject({ letter }),
    describe: ({ letter }) => `The response doesn't contain the letter ${letter.toLowerCase()}.`,
    isMet: (response, { letter }) => countInAnyCase(response, letter) === 0,
  }),
}

/** What a response repeats. */
export const combinationChecks: CheckKinds = {
  // Two different texts with a line of asterisks between them.
  'combination:two_responses': checkKind({
    args: z.strictObject({}),
    describe: () => 'The response consists of two different responses, separated by ******.',
    isMet(response) {
      const parts = response.split('******').map((part) => part.trim())
      const isBlankInside = parts.some((part, i) => part === '' && i > 0 && i < parts.length - 1)
      const given = parts.filter((part) => part !== '')
      return !isBlankInside && given.length === 2 && given[0] !== given[1]
    },
  }),
  'combination:repeat_prompt': checkKind({
    args: z.strictObject({ prompt_to_repeat: text }),
    describe: ({ prompt_to_repeat }) => `The response starts by repeating this request word for word: "${prompt_to_repeat.trim()}".`,
    isMet: (response, { prompt_to_repeat }) => response.trim().toLowerCase().startsWith(prompt_to_repeat.trim().toLowerCase()),
  }),
}
