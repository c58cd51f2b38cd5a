import { describe, expect, it } from 'vitest'
import { evaluationRow, instructionRows, reviewedPrompts } from '../../main/demo/demo-seed-data.ts'
import { parsePrompt, useOf } from '../../main/demo/grammar.ts'
import { type DemoSummary, summaryJson, summaryText } from '../../main/demo/summary.ts'
import { measureTruth, trueAccuracyCheckers, trueScore } from '../../main/demo/true-accuracy.ts'

describe('true accuracy', () => {
  const prompt = 'Pet: first t, last s, has oo, no i, 7 long'
  const answer = (text: string) => ({ prompt, text, finishReason: 'stop' as const })

  it('is the share of answers with all five requirements', () => {
    const figures = measureTruth([answer('toolems'), answer('totknia'), answer(''), answer('toolens')])
    expect(figures.all_five).toBe(0.5)
    expect(figures.requirements).toBe((5 + 2 + 0 + 5) / 4)
    expect(figures.first).toBe(0.75)
    expect(figures.long).toBe(0.75)
  })

  it('is measured on sampled answers at temperature 1 and on greedy ones', () => {
    const [sampled, greedy] = trueAccuracyCheckers([prompt])
    expect(sampled.sampling).toMatchObject({ greedy: false, temperature: 1, topP: 1 })
    expect(greedy.sampling.greedy).toBe(true)
  })
})

describe('seed data', () => {
  it('has correct answers to prompts that are in no test', () => {
    const rows = instructionRows(0)
    expect(rows.length).toBe(200)
    for (const { prompt, completion } of rows) {
      expect(useOf(prompt)).toBe('training')
      expect(trueScore(parsePrompt(prompt)!, completion)).toBe(5)
    }
  })

  it('reviews answers to training prompts, and weights every token of the review, including EOS', () => {
    for (const prompt of reviewedPrompts(0)) expect(useOf(prompt)).toBe('training')
    const row = evaluationRow('Lock: first 5, last 6, has 44, no 8, 4 long', '56448')
    expect(row.completion).toBe('5+ 6- 44+ 8- 4- Score: 2')
    expect(row.weights?.length).toBe(row.completion.length + 1)
  })
})

describe('the demo’s summary', () => {
  const model = (name: string, trueAccuracy: number) => ({
    name,
    trueAccuracy,
    trueAccuracyGreedy: 0.98,
    meanReward: null,
    pairs: null,
    parseFailures: 0,
    meanLength: 5.5,
  })
  const summary: DemoSummary = {
    models: [model('M0', 0.29), model('M1', 0.55), model('M2', 0.75), model('M3', 0.82)],
    seconds: 171.4,
    judge: 'self',
    testPrompts: 600,
  }

  it('states the improvement of the last model over M1', () => {
    expect(summaryText(summary)).toContain('From M1 to M3: 27.0 points, on 600 prompts')
    expect(summaryText(summary)).toMatch(/^M3 +82\.0 % +98\.0 % +- +- +0 +5\.50$/m)
  })

  it('identifies the random control', () => {
    expect(summaryText({ ...summary, judge: 'random' })).toContain('random rewards')
  })

  it('uses the names that other programs read', () => {
    expect(summaryJson(summary)).toMatchObject({
      models: [
        {
          name: 'M0',
          true_accuracy: 0.29,
          true_accuracy_greedy: 0.98,
          mean_reward: null,
          pairs: null,
          parse_failures: 0,
          mean_length: 5.5,
        },
        {},
        {},
        {},
      ],
      seconds: 171.4,
    })
  })
})
