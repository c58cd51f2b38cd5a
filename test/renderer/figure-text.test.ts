import { expect, test } from 'vitest'
import { figureText, headline } from '../../renderer/features/evaluate/words.ts'

test.each([
  ['acc_norm_low', 0.25, '25.0%'],
  ['prompt_strict', 1, '100.0%'],
  ['punctuation:no_comma/loose', 0.5, '50.0%'],
  ['instructions', 12, '12'],
  ['perplexity', 8.25, '8.250'],
  ['category/follow-up rates/score', 8.5, '8.500'],
  ['category/follow-up rates/win_rate', 0.5, '50.0%'],
  ['turn_1/score', null, '–'],
])('the figure %s of %s is shown as %s', (name, value, text) => {
  expect(figureText(name, value)).toBe(text)
})

test('an MT-Bench headline has the score by turn and what is behind it', () => {
  const grades = { score: 7.25, n: 150, unparsed: 10, 'turn_1/score': 8, 'turn_2/score': 6.5 }
  expect(headline('mt-bench', grades)).toBe('7.25 of 10 (turn 1: 8.00, turn 2: 6.50; 150 graded, 10 unparsed)')
  const rates = {
    win_rate_adjusted: 0.6,
    low: 0.5,
    high: 0.7,
    n: 80,
    unparsed: 0,
    'turn_1/win_rate_adjusted': 0.5,
    'turn_2/win_rate_adjusted': 0.7,
  }
  expect(headline('mt-bench', rates)).toBe(
    'wins 60% with ties as half wins (95%: 50% to 70%; turn 1: 50%, turn 2: 70%; 80 compared, 0 unparsed)',
  )
  expect(headline('mt-bench', { score: null, n: 0, unparsed: 160 })).toBe('nothing readable (160 unparsed)')
})

test('the headlines of abilities name chance, the windows, and all four accuracies', () => {
  const choice = { n: 10, acc: 0.5, acc_low: 0.24, acc_high: 0.76, acc_norm: 0.4, acc_norm_low: 0.17, acc_norm_high: 0.69, chance: 0.25 }
  expect(headline('multiple-choice', choice)).toBe(
    'right on 50.0% (95%: 24% to 76%), by length in bytes on 40.0% (95%: 17% to 69%); chance: 25%; 10 questions',
  )
  expect(headline('perplexity', { perplexity: 9.5, byte_perplexity: 1.7, tokens: 900, context: 1024, stride: 512 })).toBe(
    'perplexity 9.50 per token, 1.700 per byte (900 tokens, windows of 1,024 tokens, stride 512)',
  )
  const followed = { prompt_strict: 0.5, prompt_strict_low: 0.4, prompt_strict_high: 0.6, prompt_loose: 0.55, prompts: 100 }
  const instructions = {
    instruction_strict: 0.6,
    instruction_strict_low: 0.5,
    instruction_strict_high: 0.7,
    instruction_loose: 0.65,
    instructions: 150,
  }
  expect(headline('ifeval', { ...followed, ...instructions })).toBe(
    'prompts: 50.0% (95%: 40% to 60%) strict, 55.0% loose, n = 100; instructions: 60.0% (95%: 50% to 70%) strict, 65.0% loose, n = 150',
  )
})
