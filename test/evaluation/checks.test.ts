import { expect, test } from 'vitest'
import { checkIds, readyCheck } from '../../main/evaluation/checks/checks.ts'
import { countSentences } from '../../main/evaluation/checks/text-parts.ts'
import { numberAfter, plainAnswer } from '../../main/evaluation/final-answer.ts'

type Args = Readonly<Record<string, unknown>>

/** By hand: a check, responses that meet it, and responses that don't. */
const cases: readonly (readonly [id: string, args: Args, met: readonly string[], unmet: readonly string[]])[] = [
  ['keywords:existence', { keywords: ['lake', 'boat'] }, ['A Lake with boats'], ['A lake', 'A boat']],
  ['keywords:frequency', { keyword: 'tea', frequency: 2, relation: 'at least' }, ['Tea and teapots'], ['Tea']],
  ['keywords:frequency', { keyword: 'tea', frequency: 2, relation: 'less than' }, ['Tea', 'Coffee'], ['tea tea']],
  ['keywords:forbidden_words', { forbidden_words: ['cat', 'a dog'] }, ['Concatenate', 'A dogma'], ['The CAT.', 'I see a dog']],
  ['keywords:letter_frequency', { letter: 'E', let_frequency: 3, let_relation: 'at least' }, ['Eel eats'], ['Eel']],
  ['length_constraints:number_words', { num_words: 3, relation: 'less than' }, ["don't", 'two words'], ["don't go", 'one two three']],
  ['length_constraints:number_sentences', { num_sentences: 2, relation: 'at least' }, ['One. Two.'], ['Mr. Smith is here.']],
  ['length_constraints:number_paragraphs', { num_paragraphs: 2 }, ['a\n***\nb', '***a***b***'], ['a', 'a *** *** b', 'a\n\nb']],
  [
    'length_constraints:nth_paragraph_first_word',
    { num_paragraphs: 2, nth_paragraph: 2, first_word: 'Then' },
    ['One\n\n"then, two', 'One\n\nTHEN'],
    ['One\n\nthen\n\nthree', 'then\n\none'],
  ],
  ['detectable_content:number_placeholders', { num_placeholders: 2 }, ['[a] and [b]', '[][]'], ['[a]', '[a\n] [b]']],
  ['detectable_content:postscript', { postscript_marker: 'P.S.' }, ['Bye\nP.S. hi', 'p. s. x'], ['Bye\nPS hi', 'P.S']],
  ['detectable_content:postscript', { postscript_marker: 'P.P.S' }, ['P.P.S hi', 'p. p. s'], ['P.S. hi']],
  ['detectable_content:postscript', { postscript_marker: 'N.B.' }, ['n.b. x'], ['NXBX']],
  ['detectable_format:number_bullet_lists', { num_bullets: 2 }, ['* a\n- b', '  *a\n\n * b', '*\na\n- b'], ['* a', '** a\n* b', '*']],
  ['detectable_format:constrained_response', {}, ['Well. My answer is no.'], ['My answer is No.']],
  ['detectable_format:number_highlighted_sections', { num_highlights: 2 }, ['*a* *b*', '**a** and *b*'], ['*a*', '** ** *b*', '*a\n* *b*']],
  [
    'detectable_format:multiple_sections',
    { section_spliter: 'Section', num_sections: 2 },
    ['Section 1\na\nSection 2'],
    ['Section one\nSection 2', 'SECTION 1 SECTION 2'],
  ],
  ['detectable_format:json_format', {}, ['{"a": 1}', '```json\n[1]\n```', 'null'], ["{'a': 1}", 'a: 1', 'Here: {"a": 1}', '{"a": NaN}']],
  ['detectable_format:title', {}, ['<<Joy>>\na'], ['<<>>', '<< >>', '<Joy>', '<<a\n>>']],
  ['combination:two_responses', {}, ['a\n******\nb', '******a******b'], ['a******a', 'a******b******c', 'a', 'a************b']],
  ['combination:repeat_prompt', { prompt_to_repeat: 'Why?' }, [' why? Because.'], ['Because. Why?']],
  ['startend:end_checker', { end_phrase: 'The end' }, ['It is "the END"', 'the end\n'], ['the end.']],
  ['startend:quotation', {}, ['"a"', ' "a" '], ['"', '"a', '“a”']],
  [
    'change_case:capital_word_frequency',
    { capital_frequency: 2, capital_relation: 'at least' },
    ['I like NASA', "IT'S"],
    ['NASA is one', 'A-B c'],
  ],
  ['change_case:english_capital', {}, ['ALL OF IT, 3!'], ['ALL of it', '123']],
  ['change_case:english_lowercase', {}, ['all of it'], ['All of it', '123']],
  ['punctuation:no_comma', {}, ['one; two'], ['one, two', '1,000']],
  [
    'language:response_language',
    { language: 'de' },
    ['Das Wetter ist heute sehr schön.', '42'],
    ['The weather is lovely today.', 'Vandaag is het mooi weer in de stad.'],
  ],
  ['laurel:contains', { text: 'Lake' }, ['A Lake'], ['A lake']],
  ['laurel:no_word', { word: 'very' }, ['every'], ['Very good']],
  ['laurel:no_letter', { letter: 'e' }, ['sky and sand'], ['bEd']],
  ['laurel:starts_with', { text: 'Yes' }, [' Yes, sure', 'Yes'], ['yes', 'Oh Yes']],
  ['laurel:ends_with', { text: 'end.' }, ['The end. \n'], ['The end', 'End.']],
  ['laurel:bullets', { count: 2 }, ['- a\n* b', '• a\n\n + b\nmore'], ['- a', '- a\n- b\n- c', '-a\n-b', '- \n- b']],
  ['laurel:bullets', { count: 2, relation: 'at least' }, ['- a\n- b\n- c'], ['- a']],
  ['laurel:bullets', { count: 2, relation: 'at most' }, ['no list', '- a'], ['- a\n- b\n- c']],
  ['laurel:words', { min: 2, max: 3 }, ["don't go", 'a – b c'], ['one', 'a b c d']],
  ['laurel:words', { max: 1 }, ['well-known'], ['well known']],
  ['laurel:sentences', { min: 2, max: 2 }, ['One! Two?'], ['One. Two. Three.', 'One']],
  [
    'laurel:json_keys',
    { keys: ['a', 'b'] },
    ['{"b": null, "a": 1, "c": 2}', '```json\n{"a":1,"b":2}\n```'],
    ['{"a": 1}', '["a", "b"]', 'a, b', '"ab"'],
  ],
  ['laurel:matches', { pattern: '^\\d+ km$', flags: 'm' }, ['Far:\n12 km'], ['12 miles', 'is 12 km']],
  ['laurel:exact', { answer: 'New York' }, ['new  york.', '"New York"', '**New York**'], ['New York City']],
  ['laurel:number', { value: 1234.5 }, ['It is $1,234.5.', 'Of 3: 1234.50'], ['1234.5 of 3', 'none', '-1234.5']],
  [
    'laurel:number',
    { value: 42, tolerance: 0.5, marker: '####' },
    ['1 #### 42.4 apples (7)', '#### 3 #### 41.5'],
    ['42', '#### 43', '####'],
  ],
]

test.each(cases)('%s %j', (id, args, met, unmet) => {
  const { isMet } = readyCheck({ id, args })
  const all = [...met, ...unmet]
  expect(all.filter((response) => isMet(response, ''))).toEqual(met)
})

test('every check has a case, and a sentence for a judge', () => {
  expect([...new Set(cases.map(([id]) => id))].sort()).toEqual(checkIds)
  for (const [id, args] of cases) expect(readyCheck({ id, args }).text).toMatch(/^The [^{}]*[^ ]$/s)
})

test('a judge reads the requirement in a sentence', () => {
  const textOf = (id: string, args: Args): string => readyCheck({ id, args }).text
  expect(textOf('keywords:existence', { keywords: ['lake'] })).toBe('The response contains the word "lake".')
  expect(textOf('keywords:frequency', { keyword: 'a', frequency: 1, relation: 'at least' })).toBe(
    'The response contains the word "a" at least 1 time.',
  )
  expect(textOf('length_constraints:number_words', { num_words: 9, relation: 'less than' })).toBe('The response has fewer than 9 words.')
  expect(textOf('laurel:words', { min: 5, max: 9 })).toBe('The response has between 5 and 9 words.')
  expect(textOf('laurel:words', { min: 5, max: 5 })).toBe('The response has exactly 5 words.')
  expect(textOf('laurel:number', { value: 3, tolerance: 0.5 })).toBe('The last number in the response is 3, give or take 0.5.')
})

test('a blank response meets nothing', () => {
  expect(readyCheck({ id: 'punctuation:no_comma', args: {} }).isMet('  \n', '')).toBe(false)
  expect(readyCheck({ id: 'laurel:words', args: { max: 3 } }).isMet('', '')).toBe(false)
})

test('an argument that is null counts as missing, as in rows of IFEval', () => {
  const args = { num_words: 2, relation: 'at least', keywords: null, letter: null }
  expect(readyCheck({ id: 'length_constraints:number_words', args }).isMet('a b', '')).toBe(true)
})

const wrongArgs: readonly (readonly [id: string, args: Args])[] = [
  ['keywords:existence', { keywords: [] }],
  ['keywords:existence', { keywords: ['a'], more: 1 }],
  ['keywords:letter_frequency', { letter: 'ab', let_frequency: 1, let_relation: 'at least' }],
  ['length_constraints:number_words', { num_words: 5 }],
  ['length_constraints:number_words', { num_words: 5, relation: 'at most' }],
  ['length_constraints:nth_paragraph_first_word', { num_paragraphs: 1, nth_paragraph: 2, first_word: 'a' }],
  ['laurel:words', {}],
  ['laurel:words', { min: 3, max: 2 }],
  ['laurel:matches', { pattern: '(' }],
  ['laurel:matches', { pattern: 'a', flags: 'g' }],
]

test.each(wrongArgs)('%s refuses %j', (id, args) => {
  expect(() => readyCheck({ id, args })).toThrow(`The arguments of the check ${id} aren't valid`)
})

test('an unknown check is named', () => {
  expect(() => readyCheck({ id: 'keywords:none', args: {} })).toThrow('There is no check "keywords:none".')
  expect(() => readyCheck({ id: 'toString', args: {} })).toThrow('There is no check "toString".')
})

test('a regular expression that would run for ages counts as not found', () => {
  expect(readyCheck({ id: 'laurel:matches', args: { pattern: '^(a+)+b$' } }).isMet(`${'a'.repeat(60)}c`, '')).toBe(false)
})

test.each([
  ['', 0],
  ['no end', 1],
  ['One line\nand the next', 1],
  ['He said "No." Then he left.', 2],
  ['Dr. J. Smith paid $3.50 to St. Mary. Why?', 2],
  ['We like tea, e.g. green tea, etc. Do you?', 2],
  ['Wait... what? Wait... What?', 3],
  ['1. Apples\n2. Pears', 3], // as Punkt: a number's period before a capital ends a sentence
  ['Really?! (It was late.) Bye', 3],
])('%j has %d sentences', (text, count) => {
  expect(countSentences(text)).toBe(count)
})

test('numbers are read as people write them', () => {
  const last = ['a 1,234,567', 'x = -3', '3-5', '−2.50', 'H2O', '.5', '12,34', 'no', 'v2 7.'].map((text) => numberAfter(text))
  expect(last).toEqual([1234567, -3, 5, -2.5, null, 0.5, 34, null, 7])
  expect(numberAfter('Answer: 4 of 5. ANSWER: 6 of 7', 'answer:')).toBe(6)
})

test('an answer is compared without what surrounds it', () => {
  expect([' The  Lake. ', '“the lake”', '**The lake**', 'the lake!'].map(plainAnswer)).toEqual(Array(4).fill('the lake'))
})
