import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { alpacaEvalFile, alpacaEvalOf, importAnnotations } from '../../main/app/evaluations/alpaca-eval-results.ts'
import { listEvaluations } from '../../main/app/evaluations/evaluations.ts'
import { readModelOutputs } from '../../main/evaluation/alpaca-eval/model-outputs.ts'
import { leaderboards } from '../../main/shared/alpaca-eval-leaderboard.ts'
import type { Store } from '../../main/store/store.ts'
import { settled, withEvaluationJobs } from '../support/evaluation-jobs.ts'
import { needing, referenceNumbers } from '../support/needs.ts'
import { sharedFile } from '../support/shared.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { writeModel } from '../support/stand-in-training.ts'

let home: string
let store: Store
const jobsWith = withEvaluationJobs((tiny) => {
  ;({ home, store } = tiny)
  writeModel(join(home, 'other'), 'm1')
})

const model = (name: string) => ({ id: name, label: name, path: join(home, name) })

function file(name: string, content: unknown): string {
  const path = join(home, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const outputs = Array.from({ length: 12 }, (_, i) => ({
  ...{ dataset: 'koala', instruction: `Question ${i}?`, output: `Reply ${'long '.repeat(i)}${i}.`, generator: 'gpt4_1106_preview' },
}))

describe('AlpacaEval with a judge', () => {
  const wanted = (changes: Partial<Parameters<typeof alpacaEvalOf>[0]> = {}) =>
    alpacaEvalOf({
      ...{ model: model('base'), against: null, judge: model('other'), instructions: file('model_outputs.json', outputs) },
      ...{ count: 805, seed: 1, ...changes },
    })

  test('a model answers the instructions, and the judge compares each answer with the baseline’s in both orders', async () => {
    const { settings, title } = wanted()
    const jobs = jobsWith()
    jobs.start(settings, title)
    const [evaluation] = await settled(jobs)
    expect(evaluation).toMatchObject({
      kind: 'alpaca-eval',
      status: 'finished',
      judge: 'other',
      against: 'gpt4_1106_preview',
      total: 36,
      done: 36,
    })
    const { n_total, n_wins, n_wins_base, n_draws, win_rate, low, high } = evaluation.result!
    expect(n_total).toBe(12)
    expect(n_wins! + n_wins_base! + n_draws!).toBe(12)
    expect(low!).toBeLessThan(win_rate!)
    expect(high!).toBeGreaterThan(win_rate!)
  })

  test('an evaluation that dies resumes with what is missing, and ends with the same figures', async () => {
    const { settings, title } = wanted()
    const whole = jobsWith()
    whole.start(settings, title)
    const [{ result }] = await settled(whole)
    const dying = jobsWith({ diesAfter: 17 })
    const id = dying.start(settings, title)
    expect((await settled(dying)).find((one) => one.id === id)).toMatchObject({ status: 'failed' })
    const resuming = jobsWith()
    resuming.resume(id)
    expect((await settled(resuming)).find((one) => one.id === id)).toMatchObject({ status: 'finished', result })
  })

  test('both models’ answers can come from files', async () => {
    const answers = file(
      'mine.json',
      outputs.map((row, i) => ({ ...row, output: `Mine ${i}`, generator: 'mine' })),
    )
    const baseline = file('model_outputs.json', outputs)
    const files = { outputs: answers, instructions: baseline, count: 9, seed: 1 }
    const { settings, title } = alpacaEvalOf({ model: null, against: null, judge: model('other'), ...files })
    expect(title).toBe('mine v gpt4_1106_preview')
    const jobs = jobsWith()
    jobs.start(settings, title)
    const [{ result, total, done }] = await settled(jobs)
    expect([total, done]).toEqual([18, 18]) // only the judge works
    expect(result).toMatchObject({ n_total: 9, prompts: 9, avg_length: 6 })
  })

  test('a preference is the mean probability of the model’s answer over both orders, so a preference for a place cancels', async () => {
    const mine = outputs.map((row, i) => ({ ...row, output: i < 9 ? 'good' : 'bad', generator: 'mine' }))
    const other = outputs.map((row) => ({ ...row, output: 'fair' }))
    const worth: Record<string, number> = { good: 2, fair: 0, bad: -3 }
    const engine = standInEngine()
    const judging: typeof engine = {
      ...engine,
      async *score(params, call) {
        for await (const item of engine.score(params, call)) {
          const { input } = params.rows[item.row]
          const [a, b] =
            'prompt' in input ? [...input.prompt.matchAll(/good|fair|bad(?=\s|$)/g)].slice(-2).map(([word]) => worth[word]) : [0, 0]
          yield { ...item, choiceLogprobs: [[a + 0.5, b]] } // 0.5 for the first place
        }
      },
    }
    const jobs = jobsWith(judging)
    const files = { outputs: file('mine.json', mine), instructions: file('other.json', other), count: 12, seed: 1 }
    const { settings, title } = alpacaEvalOf({ model: null, against: null, judge: model('other'), ...files })
    const id = jobs.start(settings, title)
    await settled(jobs)
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
    const rows = JSON.parse(alpacaEvalFile(store, id, 'annotations').text) as { preference: number }[]
    expect(rows[0].preference).toBeCloseTo(1 + (sigmoid(2.5) + sigmoid(1.5)) / 2, 12)
    expect(rows[11].preference).toBeCloseTo(1 + (sigmoid(-2.5) + sigmoid(-3.5)) / 2, 12)
    expect(store.evaluations.find(id).result).toMatchObject({
      n_wins: 9,
      n_wins_base: 3,
      n_draws: 0,
      discrete_win_rate: 0.75,
      position_bias: 0,
    })
  })

  test('what doesn’t fit the judge’s context is left out, not unreadable', async () => {
    const long = outputs.map((row, i) => (i === 3 ? { ...row, output: 'x'.repeat(5000) } : row))
    const { settings, title } = wanted({ instructions: file('long.json', long) })
    const jobs = jobsWith({ contextLength: 4000 })
    jobs.start(settings, title)
    expect((await settled(jobs))[0].result).toMatchObject({ n_total: 11, unreadable: 0, left_out: 1 })
  })

  test('its annotations are imported again as the same figures, and its outputs are a baseline', async () => {
    const { settings, title } = wanted()
    const jobs = jobsWith()
    const id = jobs.start(settings, title)
    const [{ result }] = await settled(jobs)
    const { fileName, text } = alpacaEvalFile(store, id, 'annotations')
    expect(fileName).toBe('base-annotations.json')
    const [again] = importAnnotations(store, file(fileName, text))
    const { position_bias: _, ...figures } = result!
    expect(store.evaluations.find(again).result).toEqual(figures)
    expect(alpacaEvalFile(store, again, 'annotations').text).toBe(text)
    const rows = readModelOutputs(file('outputs.json', alpacaEvalFile(store, id, 'model-outputs').text))
    expect(rows).toHaveLength(12)
    expect(rows[0]).toMatchObject({ instruction: 'Question 0?', generator: 'base', dataset: 'koala' })
  })

  test.each([
    ['[]', /has no rows/],
    ['[{"output": "x"}]', /row 1: instruction/],
    ['[{"instruction": "Say hi."}]', /no row has an output/],
    ['{"instruction": 1}', /bad\.json:1: instruction/],
  ])('refuses %s as a baseline', (content, message) => {
    expect(() => wanted({ instructions: file('bad.json', content) })).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringMatching(message) }),
    )
  })
})

const row = (preference: number | null, changes: object = {}) => ({
  ...{ instruction: 'Q', output_1: 'baseline', generator_1: 'gpt4_1106_preview', output_2: 'mine', generator_2: 'mine', preference },
  ...{ annotator: 'weighted_alpaca_eval_gpt4_turbo', ...changes },
})

describe('AlpacaEval’s annotations', () => {
  test('are a result for each model, baseline, and annotator, with missing preferences counted', () => {
    const path = file('annotations.json', [row(2), row(null), row(0), row(1.5), row(1), row(1.9, { generator_2: 'another' })])
    const [mine, another] = importAnnotations(store, path).map((id) => store.evaluations.find(id))
    expect(mine).toMatchObject({ title: 'mine v gpt4_1106_preview', status: 'finished', judge: 'weighted_alpaca_eval_gpt4_turbo' })
    expect(mine.result).toMatchObject({
      n_total: 4,
      unreadable: 1,
      n_wins: 1,
      n_wins_base: 1,
      n_draws: 2,
      win_rate: 0.5,
      discrete_win_rate: 0.5,
    })
    expect(another.result).toMatchObject({ n_total: 1, standard_error: null, low: null, high: null })
  })

  test('without any preference are refused, and nothing is stored', () => {
    expect(() => importAnnotations(store, file('annotations.json', JSON.stringify([row(null)]).replace('null', 'NaN')))).toThrow(
      /no row has a preference/,
    )
    expect(store.evaluations.list()).toEqual([])
  })

  test('with only lengths have no outputs to export', () => {
    const path = file('lengths.jsonl', '{"preference": 1.25, "length_1": 10, "length_2": 12}')
    const [id] = importAnnotations(store, path)
    expect(store.evaluations.find(id)).toMatchObject({ title: 'model v baseline', judge: 'not named', result: { win_rate: 0.25 } })
    expect(() => alpacaEvalFile(store, id, 'model-outputs')).toThrow(/no texts to export/)
    expect(JSON.parse(alpacaEvalFile(store, id, 'annotations').text)).toEqual([{ preference: 1.25, length_1: 10, length_2: 12 }])
  })
})

describe('the leaderboard', () => {
  const boards = () => leaderboards(listEvaluations(store))

  test('has the paper’s rows, also before anything is measured', () => {
    const [paper, ...others] = boards()
    expect(others).toEqual([])
    const own = paper.rows
      .filter(({ model }) => model.startsWith('Self-Rewarding'))
      .map(({ model, winRate }) => [model.slice(-2), Math.round(10_000 * winRate!) / 100])
    expect(own).toEqual([
      ['M3', 20.44],
      ['M2', 15.38],
      ['M1', 9.94],
    ])
  })

  test('puts other judges, baselines, and numbers of prompts into tables of their own', () => {
    const imported = (name: string, rows: readonly object[]) => importAnnotations(store, file(name, rows))
    imported('a.json', [row(2), row(1)])
    imported('b.json', [row(2, { generator_2: 'better' }), row(2, { generator_2: 'better' })])
    imported('c.json', [row(2, { annotator: 'claude' }), row(1, { annotator: 'claude' })])
    imported(
      'd.json',
      Array.from({ length: 805 }, () => row(2, { generator_2: 'like the paper' })),
    )
    imported('a.json', [row(2), row(2)])
    expect(
      boards().map(({ judge, rows }) => [judge, rows.filter(({ origin }) => origin === 'imported').map(({ model }) => model)]),
    ).toEqual([
      ['weighted_alpaca_eval_gpt4_turbo', ['better', 'mine']],
      ['claude', ['mine']],
      ['GPT-4 Turbo', ['like the paper']],
    ])
  })

  needing(referenceNumbers).test('reproduces the win rates, standard errors, and counts of AlpacaEval’s own leaderboard', () => {
    const published = JSON.parse(readFileSync(sharedFile('data/alpaca-eval-annotations/leaderboard.json'), 'utf8')) as Record<
      string,
      Record<string, number> | null
    >
    const known = Object.entries(published).flatMap(([name, figures]) => (figures === null ? [] : [[name, figures] as const]))
    expect(known.length).toBeGreaterThan(3)
    for (const [name, figures] of known) {
      const [id] = importAnnotations(store, sharedFile(`data/alpaca-eval-annotations/${name}.jsonl`))
      const { result } = store.evaluations.find(id)
      for (const key of ['win_rate', 'standard_error', 'discrete_win_rate'])
        expect(100 * result![key]!, `${name} ${key}`).toBeCloseTo(figures[key], 6)
      for (const key of ['n_wins', 'n_wins_base', 'n_draws', 'n_total']) expect(result![key], `${name} ${key}`).toBe(figures[key])
    }
  })
})
