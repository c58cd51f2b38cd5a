import type { ExampleKind } from '../../../main/shared/enums.ts'

/** Why a prompt was rejected. */
export const reasonWords: Readonly<Record<string, string>> = {
  duplicate: 'duplicate of an earlier prompt',
  'too-similar': 'too similar to an earlier prompt',
  empty: 'empty',
  'too-few-words': 'too few words',
  'too-many-words': 'too many words',
  'too-short': 'too short',
  'too-long': 'too long',
  keyword: 'asks for something that a text model can’t do',
  'forbidden-start': 'starts with words that the recipe excludes',
  'not-plain-start': 'starts with punctuation or a non-ASCII character',
  'not-needed': 'enough prompts already',
  'held-out': 'held out to measure the models',
  unfinished: 'cut off',
}

export const exampleKindWords: Readonly<Record<ExampleKind, string>> = {
  ift: 'Instruction (IFT)',
  eft: 'Judge (EFT)',
  demonstration: 'Demonstrations',
  ranked: 'Ranked',
  'ranked-held-out': 'Ranked, held out',
  'held-out': 'Held-out prompts',
}
