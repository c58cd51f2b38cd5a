import { numberText } from '../common/numbers.ts'
import { snakeKeys } from '../shared/snake-keys.ts'

/** One model's row of the demo's table. Null: nothing to measure. */
export interface ModelSummary {
  readonly name: string
  readonly trueAccuracy: number
  readonly trueAccuracyGreedy: number
  /** Mean reward of the model's own answers in its iteration. M0 and the last model generate none. */
  readonly meanReward: number | null
  readonly pairs: number | null
  readonly parseFailures: number | null
  readonly meanLength: number | null
}

export interface DemoSummary {
  readonly models: readonly ModelSummary[]
  readonly seconds: number
  readonly judge: 'self' | 'random'
  readonly testPrompts: number
}

const columns = ['model', 'all five true, sampled', 'greedy', 'own reward', 'pairs', 'parse failures', 'characters'] as const

/** The table at the end of the demo, with an explanation. */
export function summaryText(summary: DemoSummary): string {
  const rows = summary.models.map((model) => [
    model.name,
    percent(model.trueAccuracy),
    percent(model.trueAccuracyGreedy),
    numberText(model.meanReward, 2),
    numberText(model.pairs, 0),
    numberText(model.parseFailures, 0),
    numberText(model.meanLength, 2),
  ])
  return [...table([[...columns], ...rows]), '', ...verdict(summary), ''].join('\n')
}

/** What the demo shows and what it doesn't, wrapped for a terminal. */
function verdict({ models, judge, testPrompts, seconds }: DemoSummary): string[] {
  const change = (from: string, to: string): string => {
    const accuracy = (name: string): number => models.find((model) => model.name === name)?.trueAccuracy ?? Number.NaN
    return ((accuracy(to) - accuracy(from)) * 100).toFixed(1)
  }
  const last = models[models.length - 1].name
  return [
    `From M1 to ${last}: ${change('M1', last)} points, on ${testPrompts} prompts unseen by the loop; ${Math.round(seconds)} s in total.`,
    ...(judge === 'random' ? randomNotes : notes),
  ]
}

const notes = [
  'The first two columns are measured by a program that knows the rules; the loop never calls it. All training after M1',
  'used only answers and rewards from the models themselves.',
  'What improves is the sampled answer (temperature 1). The most likely answer is nearly always correct from the start, so',
  'the greedy column has no room to rise: the loop removes slips from the distribution rather than teaching a new skill.',
  'A lower temperature does part of that without training. The judge is as good in M1 as in the last model: this shows',
  'better answers, not a better judge. `--judge random` shows the effect of the judge: same training, random rewards.',
]

const randomNotes = [
  'This was the control: the same loop with random rewards. The sampled column should not rise after M1. If it rose as',
  'with the real judge, the improvement would come from the training alone, not from how the model judges its answers.',
]

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

/** Aligned columns: the first one left, the others right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '))
}

/** The summary in machine-readable form. */
export const summaryJson = ({ models, seconds }: DemoSummary): object => ({
  models: models.map(snakeKeys),
  seconds,
})
