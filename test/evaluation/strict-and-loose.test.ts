import { expect, test } from 'vitest'
import { readyCheck } from '../../main/evaluation/checks/checks.ts'
import { checkedOf, strictAndLooseFigures } from '../../main/evaluation/checks/strict-and-loose.ts'

const noComma = readyCheck({ id: 'punctuation:no_comma', args: {} })

test('a response with an introduction that breaks the instruction meets it only loosely', () => {
  expect(checkedOf(noComma, 'Sure, here it is:\nNo pauses.', 'Write.')).toEqual({ isMet: false, isLooselyMet: true })
  expect(checkedOf(noComma, 'None.', 'Write.')).toEqual({ isMet: true, isLooselyMet: true })
  expect(checkedOf(noComma, 'One, two.', 'Write.')).toEqual({ isMet: false, isLooselyMet: false })
})

test('the four accuracies count prompts and instructions, strict and loose', () => {
  const one = (id: string, isMet: boolean, isLooselyMet: boolean) => ({ id, isMet, isLooselyMet })
  const figures = strictAndLooseFigures([
    [one('a', true, true), one('b', true, true)],
    [one('a', true, true), one('b', false, true)],
    [one('b', false, false)],
  ])
  expect(figures).toMatchObject({ prompts: 3, instructions: 5, 'a/strict': 1, 'a/n': 2, 'b/loose': 2 / 3, 'b/n': 3 })
  const accuracies = ['prompt_strict', 'instruction_strict', 'prompt_loose', 'instruction_loose'].map((name) => figures[name])
  expect(accuracies).toEqual([1 / 3, 3 / 5, 2 / 3, 4 / 5])
  expect(figures.prompt_strict_low).toBeCloseTo(0.0615, 4) // Wilson, 1 of 3
  expect(figures.prompt_strict_high).toBeCloseTo(0.7923, 4)
  expect(strictAndLooseFigures([])).toMatchObject({ prompts: 0, prompt_strict: null })
})
