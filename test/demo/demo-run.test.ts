import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readJsonLines } from '../../main/common/jsonl.ts'
import { demoRecipe, summaryOf } from '../../main/demo/demo-run.ts'
import { evaluationRow, instructionRows } from '../../main/demo/demo-seed-data.ts'
import { parsePrompt, useOf } from '../../main/demo/grammar.ts'
import { reviewPrompt, tickNo, tickYes, trueReview } from '../../main/demo/review-text.ts'
import { requirements } from '../../main/demo/true-accuracy.ts'
import { fillJudgePrompt, loadJudgePrompt } from '../../main/evaluation/judge-prompt.ts'
import type { ShownModel } from '../../main/shared/contract/runs-contract.ts'
import { repositoryFile } from '../support/shared.ts'

const folder = repositoryFile('resources/demo')
const rows = (name: string): { prompt: string; completion: string; weights?: number[] }[] =>
  readJsonLines(join(folder, name)).map(({ value }) => value as never)

describe('the demo’s recipe', () => {
  it('names existing files', () => {
    const { base_model, seed_data, evaluation } = demoRecipe(3, 'self')
    for (const path of [base_model, seed_data.ift, seed_data.eft, evaluation.prompts]) expect(statSync(path!).size).toBeGreaterThan(0)
    expect(demoRecipe(3, 'self').seed).toBe(3)
  })

  it('expects one tick per requirement, in the judge’s symbols', () => {
    expect(demoRecipe(0, 'self').judge.ticks).toEqual({ yes: tickYes, no: tickNo, count: requirements.length })
  })

  it('uses the same judge prompt as the seed data', () => {
    const template = loadJudgePrompt(demoRecipe(0, 'self').judge.prompt!)
    expect(fillJudgePrompt(template, 'Lock: first 5, last 6, has 44, no 8, 4 long', '5446')).toBe(
      reviewPrompt('Lock: first 5, last 6, has 44, no 8, 4 long', '5446'),
    )
  })

  it('differs for the random control only in the judge and in the reward gap, which keeps about as many pairs', () => {
    const { judge, pairs, ...self } = demoRecipe(1, 'self')
    const { judge: randomJudge, pairs: randomPairs, ...random } = demoRecipe(1, 'random')
    expect(random).toEqual(self)
    expect(randomJudge).toEqual({ ...judge, method: 'random' })
    expect(randomPairs.min_gap).toBeGreaterThan(pairs.min_gap)
  })
})

describe('the demo’s files', () => {
  it('take at most 4 MB', () => {
    const sizes = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
      entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0,
    )
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(4_000_000)
  })

  it('contain the instructions their script generates', () => {
    expect(rows('ift.jsonl')).toEqual(instructionRows(0))
  })

  it('contain the program’s reviews of answers to prompts that are in no test', () => {
    const eft = rows('eft.jsonl')
    expect(eft.length).toBe(500)
    for (const row of eft) {
      const [prompt, ...rest] = row.prompt.split('\n')
      const answer = rest
        .join('\n')
        .replace(/^>/, '')
        .replace(/\nReview$/, '')
      expect(useOf(prompt)).toBe('training')
      expect(row).toEqual(evaluationRow(prompt, answer))
      expect(row.completion).toBe(trueReview(parsePrompt(prompt)!, answer).text)
    }
  })

  it("compare models on prompts that aren't in the tests", () => {
    for (const { prompt } of rows('held-out.jsonl')) expect(useOf(prompt)).toBe('tuning')
  })

  it('contain float32 weights for every tensor of the model', () => {
    const bytes = readFileSync(join(folder, 'model', 'model.safetensors'))
    const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString())
    const tensors = Object.entries(header).filter(([name]) => name !== '__metadata__') as [string, { dtype: string; shape: number[] }][]
    expect(tensors.every(([, { dtype }]) => dtype === 'F32')).toBe(true)
    expect(tensors.reduce((sum, [, { shape }]) => sum + shape.reduce((product, n) => product * n, 1), 0)).toBe(804_992)
  })
})

describe('a model in the demo’s table', () => {
  const figures = { all_five: 0.8, length: 5.5 }
  const shown = {
    name: 'M1',
    made: { mean_reward: 4.1, pairs: 450, parse_failures: 3 },
    checks: { 'true-accuracy': figures, 'true-accuracy-greedy': { all_five: 0.98, length: 5.4 } },
  } as unknown as ShownModel

  it('shows its own rewards next to the program’s figures', () => {
    expect(summaryOf(shown)).toEqual({
      name: 'M1',
      trueAccuracy: 0.8,
      trueAccuracyGreedy: 0.98,
      meanReward: 4.1,
      pairs: 450,
      parseFailures: 3,
      meanLength: 5.5,
    })
  })

  it('shows no reward for a model that generated no data', () => {
    expect(summaryOf({ ...shown, made: null })).toMatchObject({ meanReward: null, pairs: null, parseFailures: null })
  })
})
