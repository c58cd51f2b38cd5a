import { describe, expect, test } from 'vitest'
import { readContinuation, selfInstructPrompt } from '../../main/data/self-instruct.ts'

const eight = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const task = (text: string, finishReason?: 'stop' | 'length') => readContinuation(text, 9, finishReason)
const read = (text: string) => ({ task: text, reason: null })

describe('the prompt', () => {
  test('eight demonstrations are numbered, and the ninth number is left open for the model', () => {
    expect(selfInstructPrompt(eight)).toBe('Come up with a series of tasks:\n\n1. a\n2. b\n3. c\n4. d\n5. e\n6. f\n7. g\n8. h\n9.')
  })

  test("a demonstration is one line and doesn't end in a colon", () => {
    expect(selfInstructPrompt(['Sort\n these \t numbers: '])).toBe('Come up with a series of tasks:\n\n1. Sort these numbers\n2.')
  })
})

describe('reading the continuation', () => {
  test('a plain task is read unchanged', () => expect(task(' Write a poem about rain.')).toEqual(read('Write a poem about rain.')))

  const endings = [
    ['a second task on the next line', ' Write a poem.\n10. Name three rivers.\n11. Add 2 and 2.'],
    ['a second task on the same line', ' Write a poem. 10. Name three rivers.'],
    ['a second task in bold', ' **Write a poem.**\n\n**10.** Name three rivers.'],
    ['a rule and an answer', ' Write a poem.\n---\nRain falls.'],
    ['a heading', ' Write a poem.\n### Answer\nRain falls.'],
    ['an answer mark', ' Write a poem.\nAnswer: Rain falls.'],
    ['an answer mark in bold', ' Write a poem.\n**Response:** Rain falls.'],
    ['another speaker', ' Write a poem.\nAssistant: Rain falls.'],
    ['a blank line and an unmarked answer', ' Write a poem.\n\nRain falls on the town,'],
    ['an unmarked answer on the next line', ' Write a poem.\nRain falls on the town,'],
    ["a chat format's control text", ' Write a poem.<|im_end|>\n<|im_start|>assistant\nRain falls.'],
  ] as const
  test.each(endings)('%s is dropped', (_, text) => expect(task(text)).toEqual(read('Write a poem.')))

  test('an announced and renumbered task is found', () => {
    expect(task('Sure, here are more tasks:\n\n9. Write a poem.\n10. Sing.')).toEqual(read('Write a poem.'))
    expect(task('9. Write a poem.\n10. Sing.')).toEqual(read('Write a poem.'))
    expect(task('\n\n1. Write a poem.\n2. Sing.')).toEqual(read('Write a poem.'))
  })

  test('a task ending in a colon includes the input below it, up to a blank line', () => {
    expect(task(' Sort these words:\npear, apple\nfig\n\nAnswer: apple')).toEqual(read('Sort these words:\npear, apple\nfig'))
    expect(task(' Sort these:\n1. pear\n2. apple\n10. Sing.')).toEqual(read('Sort these:\n1. pear\n2. apple'))
  })

  test("numbers inside a task don't start the next task", () => {
    expect(task(' What is 10.5 plus 3.2? Give 10 digits.')).toEqual(read('What is 10.5 plus 3.2? Give 10 digits.'))
    expect(task(' Explain chapter 10. of the book')).toEqual(read('Explain chapter 10. of the book'))
  })

  test('quotation marks around the whole task are removed, those inside are kept', () => {
    expect(task(' "Write a poem."')).toEqual(read('Write a poem.'))
    expect(task(' "Yes" or "no"')).toEqual(read('"Yes" or "no"'))
  })

  test('truncated text counts only if the end of the task is visible', () => {
    expect(task(' Write a poem about', 'length')).toEqual({ task: null, reason: 'unfinished' })
    expect(task(' Write a poem.\n10. Name three', 'length')).toEqual(read('Write a poem.'))
    expect(task(' Write a poem.\n', 'length')).toEqual(read('Write a poem.'))
  })

  test('text without a task gives the reason', () => {
    for (const text of ['', ' \n\n', ' ...', '---\nText', 'Answer: 4']) expect(task(text)).toEqual({ task: null, reason: 'empty' })
    expect(task(' Sort the following words:\n10. Sing.')).toEqual({ task: null, reason: 'input-missing' })
  })
})
