import type { ExampleKindShown, PairShown } from '../../../main/api/contract/rows.ts'

/** Why a prompt was not accepted. */
export const reasonWords: Readonly<Record<string, string>> = {
  duplicate: 'the same as one known before',
  'too-similar': 'too like one known before',
  empty: 'empty',
  'too-few-words': 'too few words',
  'too-many-words': 'too many words',
  'too-short': 'too short',
  'too-long': 'too long',
  keyword: 'asks for something a text model cannot do',
  'forbidden-start': 'begins in a way that the recipe leaves out',
  'not-plain-start': 'begins with a sign or a foreign letter',
  'not-needed': 'there were enough already',
  unfinished: 'cut off',
}

export const decisionWords: Readonly<Record<NonNullable<PairShown['decision']>, string>> = {
  agree: 'agrees',
  swap: 'the other one is better',
  tie: 'a tie, left out',
  'both-bad': 'both bad, left out',
  edit: 'edited',
  undo: 'undone',
}

export const exampleKindWords: Readonly<Record<ExampleKindShown, string>> = {
  ift: 'Instructions',
  eft: 'Judging',
  demonstration: 'Demonstrations',
  ranked: 'Ranked',
  'ranked-held-out': 'Ranked, held out',
  'held-out': 'Held-out prompts',
}
