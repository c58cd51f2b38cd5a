/** What the families draw with: choices from a list, a function of the prompt's seed. */
export interface Choices {
  one<Item>(items: readonly Item[]): Item
  /** Different ones, in the order of the draw. */
  several<Item>(items: readonly Item[], count: number): Item[]
}

/** A requirement's arguments and wording, as a family drew them. */
interface DrawnArguments {
  readonly args: Readonly<Record<string, unknown>>
  /** How the prompt can ask for it. */
  readonly wordings: readonly string[]
  /** Texts in every response that meets it. */
  readonly brings?: readonly string[]
  /** Words and letters that no response that meets it contains. */
  readonly bansWord?: string
  readonly bansLetter?: string
}

/** A kind of requirement in a prompt: the check that decides it, how its arguments are drawn, and how a prompt asks for it. */
export interface RequirementFamily {
  readonly name: string
  /** The check's id. */
  readonly check: string
  readonly draw: (choices: Choices) => DrawnArguments
}

const words =
  'lake river stone candle window morning bridge garden silver pocket music letter shadow button winter honey ladder forest kitchen ribbon island thunder copper basket mirror feather harbor whistle planet blanket market puzzle velvet lantern bottle sunset circle engine meadow pepper ticket castle cotton doctor dragon summer tunnel village wagon yellow'.split(
    ' ',
  )
/** Words that answers tend to contain. */
const commonWords = 'the and very is of it with but was to you for are my that'.split(' ')
const letters = ['e', 'a', 'o', 'i', 'u', 'n', 'm', 'b', 'k', 'w'] as const
const openings = ['Once', 'Today', 'Listen', 'Well', 'Long ago', 'In short', 'Here is', 'Dear friend', 'Guess what'] as const
const endings = ['The end.', 'That is all.', 'Good luck.', 'Have a nice day.', 'I hope this helps.', 'Thank you.', 'So it goes.'] as const
const keys = ['title', 'answer', 'name', 'reason', 'place', 'color', 'time', 'topic', 'mood', 'summary'] as const

const quoted = (text: string): string => `"${text}"`
const number = (count: number): string => ['zero', 'one', 'two', 'three', 'four', 'five'][count]
const amount = (count: number, noun: string): string => `${number(count)} ${noun}${count === 1 ? '' : 's'}`

/** A family whose check takes no arguments. */
const plain = (name: string, check: string, wordings: readonly string[], brings: readonly string[] = []): RequirementFamily => ({
  ...{ name, check },
  draw: () => ({ args: {}, wordings, brings }),
})

/** Every family. They ask for what a small model can do in 60 tokens; the ids are IFEval's where it has the check. */
export const requirementFamilies: readonly RequirementFamily[] = [
  {
    name: 'word',
    check: 'keywords:existence',
    draw(choices) {
      const word = choices.one(words)
      const wordings = [
        `Include the word ${quoted(word)}.`,
        `Use the word ${quoted(word)} in your answer.`,
        `Your answer must contain the word ${quoted(word)}.`,
        `Mention the word ${word}.`,
      ]
      return { args: { keywords: [word] }, wordings, brings: [word] }
    },
  },
  {
    name: 'two-words',
    check: 'keywords:existence',
    draw(choices) {
      const [a, b] = choices.several(words, 2)
      const wordings = [
        `Include the words ${quoted(a)} and ${quoted(b)}.`,
        `Use both ${quoted(a)} and ${quoted(b)} in your answer.`,
        `Your answer must contain the words ${a} and ${b}.`,
      ]
      return { args: { keywords: [a, b] }, wordings, brings: [a, b] }
    },
  },
  {
    name: 'forbidden-word',
    check: 'keywords:forbidden_words',
    draw(choices) {
      const word = choices.one(commonWords)
      const wordings = [
        `Don't use the word ${quoted(word)}.`,
        `Avoid the word ${quoted(word)}.`,
        `Your answer must not contain the word ${quoted(word)}.`,
      ]
      return { args: { forbidden_words: [word] }, wordings, bansWord: word }
    },
  },
  {
    name: 'forbidden-letter',
    check: 'laurel:no_letter',
    draw(choices) {
      const letter = choices.one(letters)
      const wordings = [
        `Don't use the letter ${quoted(letter)}.`,
        `Avoid the letter ${letter} in every word.`,
        `Your answer must not contain the letter ${quoted(letter)}.`,
      ]
      return { args: { letter }, wordings, bansLetter: letter }
    },
  },
  {
    name: 'start',
    check: 'laurel:starts_with',
    draw(choices) {
      const text = choices.one(openings)
      const wordings = [
        `Start with ${quoted(text)}.`,
        `Begin your answer with ${quoted(text)}.`,
        `The first words must be ${quoted(text)}.`,
      ]
      return { args: { text }, wordings, brings: [text] }
    },
  },
  {
    name: 'end',
    check: 'startend:end_checker',
    draw(choices) {
      const text = choices.one(endings)
      const wordings = [
        `End with ${quoted(text)}`,
        `Finish your answer with the phrase ${quoted(text)}`,
        `The last words must be ${quoted(text)}`,
      ]
      return { args: { end_phrase: text }, wordings, brings: [text] }
    },
  },
  plain('lowercase', 'change_case:english_lowercase', [
    'Use only lowercase letters.',
    'Write everything in lowercase, without any capital letters.',
    'Your whole answer must be in lowercase letters.',
  ]),
  plain('capitals', 'change_case:english_capital', [
    'Use only capital letters.',
    'Write everything in CAPITAL LETTERS.',
    'Your whole answer must be in all capital letters.',
  ]),
  plain('no-commas', 'punctuation:no_comma', ["Don't use any commas.", 'Write without commas.', 'Your answer must not contain a comma.']),
  {
    name: 'bullets',
    check: 'detectable_format:number_bullet_lists',
    draw(choices) {
      const count = choices.one([2, 3, 4])
      const points = amount(count, 'bullet point')
      const wordings = [
        `Answer with exactly ${points}. Start each with "* ".`,
        `Use exactly ${points}, each on its own line that starts with "*".`,
        `Write your answer as a list of exactly ${points}, like this: * point`,
      ]
      return { args: { num_bullets: count }, wordings }
    },
  },
  {
    name: 'at-most-words',
    check: 'length_constraints:number_words',
    draw(choices) {
      const count = choices.one([12, 15, 20, 25, 30])
      const wordings = [`Use fewer than ${count} words.`, `Answer in fewer than ${count} words.`, `Keep it under ${count} words.`]
      return { args: { num_words: count, relation: 'less than' }, wordings }
    },
  },
  {
    name: 'at-least-words',
    check: 'length_constraints:number_words',
    draw(choices) {
      const count = choices.one([15, 20, 25, 30])
      const wordings = [`Use at least ${count} words.`, `Write at least ${count} words.`, `Your answer must have ${count} or more words.`]
      return { args: { num_words: count, relation: 'at least' }, wordings }
    },
  },
  {
    name: 'sentences',
    check: 'laurel:sentences',
    draw(choices) {
      const count = choices.one([1, 2, 3])
      const sentences = amount(count, 'sentence')
      const wordings = [`Write exactly ${sentences}.`, `Answer in exactly ${sentences}.`, `Your answer must have exactly ${sentences}.`]
      return { args: { min: count, max: count }, wordings }
    },
  },
  plain('quotes', 'startend:quotation', [
    'Wrap your whole answer in double quotation marks.',
    'Put your entire answer inside double quotation marks.',
    'Your answer must start and end with a double quotation mark.',
  ]),
  plain('title', 'detectable_format:title', [
    'Give it a title in double angular brackets, like <<title>>.',
    'Add a title wrapped in double angular brackets, such as <<my title>>.',
    'Your answer must have a title in double angular brackets, such as <<a title>>.',
  ]),
  {
    name: 'postscript',
    check: 'detectable_content:postscript',
    draw: () => ({
      args: { postscript_marker: 'P.S.' },
      wordings: ['Add a postscript that starts with P.S.', 'At the end, add a P.S.', 'Finish with a postscript starting with P.S.'],
      brings: ['P.S.'],
    }),
  },
  {
    name: 'placeholders',
    check: 'detectable_content:number_placeholders',
    draw(choices) {
      const count = choices.one([1, 2])
      const places = amount(count, 'placeholder')
      const wordings = [
        `Include at least ${places} in square brackets, such as [name].`,
        `Use at least ${places} in square brackets, like [place].`,
        `Your answer must have at least ${places}, such as [date].`,
      ]
      return { args: { num_placeholders: count }, wordings }
    },
  },
  {
    name: 'highlights',
    check: 'detectable_format:number_highlighted_sections',
    draw(choices) {
      const count = choices.one([1, 2])
      const parts = amount(count, 'part')
      const wordings = [
        `Highlight at least ${parts} of your answer with asterisks, like *this*.`,
        `Put at least ${amount(count, 'word')} between asterisks, like *this*.`,
        `Your answer must have at least ${amount(count, 'highlighted part')}, such as *this part*.`,
      ]
      return { args: { num_highlights: count }, wordings }
    },
  },
  {
    name: 'json',
    check: 'laurel:json_keys',
    draw(choices) {
      const chosen = choices.several(keys, choices.one([1, 2]))
      const named = chosen.map(quoted).join(' and ')
      const noun = chosen.length === 1 ? 'the key' : 'the keys'
      const wordings = [
        `Answer with a JSON object that has ${noun} ${named}.`,
        `Your whole answer must be a JSON object with ${noun} ${named}.`,
        `Write only JSON, with ${noun} ${named}.`,
      ]
      return { args: { keys: chosen }, wordings, brings: chosen }
    },
  },
]

/** Families that never occur together, by name: no response meets both, or none that a user would want. */
export const exclusions: readonly (readonly [name: string, others: readonly string[]])[] = [
  ['word', ['two-words']],
  ['lowercase', ['capitals', 'start', 'end', 'postscript']],
  ['capitals', ['start', 'end']],
  ['bullets', ['no-commas', 'sentences', 'highlights', 'quotes', 'start']],
  ['at-most-words', ['at-least-words', 'sentences', 'json']],
  ['at-least-words', ['sentences', 'json']],
  ['sentences', ['title', 'postscript', 'end', 'start']],
  ['quotes', ['title', 'postscript', 'start', 'end', 'highlights']],
  ['end', ['postscript']],
  [
    'json',
    [
      ...['start', 'end', 'lowercase', 'capitals', 'no-commas', 'bullets', 'sentences', 'quotes'],
      'title',
      'postscript',
      'placeholders',
      'highlights',
    ],
  ],
]

/** What tasks themselves ask for, and the families that could contradict it. */
export const taskExclusions: readonly (readonly [task: RegExp, names: readonly string[]])[] = [
  [/\bsentences?\b/iu, ['sentences', 'bullets', 'json']],
  [/\b(?:words?|paragraphs?|lines?)\b/iu, ['at-most-words', 'at-least-words', 'sentences']],
  [/\b(?:lists?|bullets?|names? (?:two|three|four|five|\d+))\b/iu, ['bullets', 'sentences', 'no-commas']],
  [/\b(?:json|table|code|program|function)\b/iu, ['json', 'bullets', 'sentences', 'lowercase', 'capitals', 'quotes']],
  [/\b(?:poem|haiku|song|limerick)\b/iu, ['json', 'sentences', 'bullets']],
  [/\b(?:letter|email)\b/iu, ['bullets', 'json']],
]
