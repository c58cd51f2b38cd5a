/** One model's line in the demo's table. Null: there was nothing to measure it on. */
export interface ModelSummary {
  readonly name: string
  readonly trueAccuracy: number
  readonly trueAccuracyGreedy: number
  /** What the model gave its own answers while it made training data. M0 and the last model make none. */
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

/** The table that ends the demo, and what it says. */
export function summaryText(summary: DemoSummary): string {
  const rows = summary.models.map((model) => [
    model.name,
    percent(model.trueAccuracy),
    percent(model.trueAccuracyGreedy),
    number(model.meanReward, 2),
    number(model.pairs, 0),
    number(model.parseFailures, 0),
    number(model.meanLength, 2),
  ])
  return [...table([[...columns], ...rows]), '', ...verdict(summary), ''].join('\n')
}

/** What the demo shows and what it does not, wrapped for a terminal. */
function verdict({ models, judge, testPrompts, seconds }: DemoSummary): string[] {
  const change = (from: string, to: string): string => {
    const accuracy = (name: string): number => models.find((model) => model.name === name)?.trueAccuracy ?? Number.NaN
    return ((accuracy(to) - accuracy(from)) * 100).toFixed(1)
  }
  const last = models[models.length - 1].name
  return [
    `From M1 to ${last}: ${change('M1', last)} points, on ${testPrompts} prompts the loop never saw; ${Math.round(seconds)} s in all.`,
    ...(judge === 'random' ? randomNotes : notes),
  ]
}

const notes = [
  'The first two columns are measured by a program that knows the rules; the loop never asks it. All training after M1',
  'used only answers and rewards of the models themselves.',
  'What improves is the sampled answer (temperature 1). The likeliest answer is nearly always right from the start, so',
  'the greedy column has no room to rise: the loop removes slips from the distribution rather than teaching a new skill.',
  'A lower temperature does part of that without training. The judge is as good in M1 as in the last model: this shows',
  'better answers, not a better judge. `--judge random` shows that the judge does it: same training, random rewards.',
]

const randomNotes = [
  'This was the control: the same loop with random rewards. The sampled column should not rise after M1. If it rose as',
  'with the real judge, the improvement would come from the training alone and not from what the model thinks of its answers.',
]

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
const number = (value: number | null, digits: number): string => (value === null ? '-' : value.toFixed(digits))

/** Columns aligned: the first to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '))
}

/** The summary as other programs read it. */
export const summaryJson = ({ models, seconds }: DemoSummary): object => ({
  models: models.map((model) => ({
    name: model.name,
    true_accuracy: model.trueAccuracy,
    true_accuracy_greedy: model.trueAccuracyGreedy,
    mean_reward: model.meanReward,
    pairs: model.pairs,
    parse_failures: model.parseFailures,
    mean_length: model.meanLength,
  })),
  seconds,
})
