import type { Progress, ProgressKey } from '../../main/shared/contract/charts-contract.ts'
import type { ModelSeries } from './charts/model-chart.tsx'
import { fixed, percent } from './format.ts'
import { figureWords } from './method-words.ts'
import { modelColor } from './model-badge.tsx'

/** A chart of the iteration progress panel. */
export interface ProgressChart {
  readonly id: string
  readonly title: string
  readonly about: string
  readonly series: readonly ModelSeries[]
  readonly format: (value: number) => string
  readonly axisFormat: (value: number) => string
  readonly include?: readonly number[]
  readonly limits?: readonly [number, number]
}

interface Plan extends Omit<ProgressChart, 'series'> {
  readonly lines: readonly { readonly key: ProgressKey; readonly color: string; readonly dash?: string; readonly byModel?: boolean }[]
}

const share = { format: (value: number) => percent(value, 1), axisFormat: (value: number) => percent(value), limits: [0, 1] as const }
const line = 'var(--text-dim)'

const plans: readonly Plan[] = [
  {
    id: 'accuracy',
    title: 'True accuracy',
    about: figureWords['true-accuracy'].means,
    lines: [
      { key: 'true-accuracy', color: line, byModel: true },
      { key: 'true-accuracy-greedy', color: 'var(--role-tie)', dash: '4 3' },
    ],
    ...share,
    include: [0],
  },
  {
    id: 'checks',
    title: 'Held-out prompts followed',
    about: figureWords.checks.means,
    lines: [
      { key: 'checks', color: line, byModel: true },
      { key: 'checks-greedy', color: 'var(--role-tie)', dash: '4 3' },
    ],
    ...share,
    include: [0],
  },
  {
    id: 'checks-held-out',
    title: 'Held-out families followed',
    about: figureWords['checks-held-out'].means,
    lines: [
      { key: 'checks-held-out', color: line, byModel: true },
      { key: 'checks-held-out-greedy', color: 'var(--role-tie)', dash: '4 3' },
    ],
    ...share,
    include: [0],
  },
  {
    id: 'reward',
    title: 'Mean reward',
    about: figureWords['mean-reward'].means,
    lines: [{ key: 'mean-reward', color: line, byModel: true }],
    format: (value) => fixed(value),
    axisFormat: (value) => String(value),
  },
  {
    id: 'yield',
    title: 'Pair yield',
    about: figureWords.yield.means,
    lines: [{ key: 'yield', color: line, byModel: true }],
    ...share,
    include: [0],
  },
  {
    id: 'failures',
    title: 'Unreadable judgements',
    about: figureWords['parse-failures'].means,
    lines: [{ key: 'parse-failures', color: line, byModel: true }],
    ...share,
    include: [0, 0.1], // a few in thousands aren't to look like many
  },
  {
    id: 'flips',
    title: 'Verdicts that depend on the order',
    about: figureWords['flip-rate'].means,
    lines: [{ key: 'flip-rate', color: line, byModel: true }],
    ...share,
    include: [0],
  },
  {
    id: 'length',
    title: 'Response length',
    about:
      'Mean characters per response: all candidates, chosen, and rejected. If chosen responses are much longer than rejected ones, the judge may be rewarding length.',
    lines: [
      { key: 'length', color: 'var(--role-candidate)' },
      { key: 'length-chosen', color: 'var(--role-chosen)' },
      { key: 'length-rejected', color: 'var(--role-rejected)' },
    ],
    format: (value) => `${value.toFixed(1)} characters`,
    include: [0],
    axisFormat: (value) => String(Math.round(value * 100) / 100),
  },
  {
    id: 'judge',
    title: 'Judge agrees with people',
    about: `${figureWords['judge-agreement'].means} The dashed line is a judge that looks only at length.`,
    lines: [
      { key: 'judge-agreement', color: line, byModel: true },
      { key: 'judge-length-only', color: 'var(--role-tie)', dash: '4 3' },
    ],
    ...share,
    include: [0.5],
  },
]

/** The charts that have data. */
export function progressCharts(progress: Progress): ProgressChart[] {
  const pointsOf = (key: ProgressKey) => progress.figures.find((figure) => figure.key === key)?.points ?? []
  return plans.flatMap(({ lines, ...plan }) => {
    const series = lines.flatMap(({ key, color, dash, byModel }): ModelSeries[] => {
      const points = pointsOf(key)
      if (points.length === 0) return []
      return [{ id: key, name: figureWords[key].name, color, dash, points, ...(byModel && { dotColor: modelColor }) }]
    })
    const range = plan.id === 'reward' ? progress.rewardRange : null // the judge's whole scale, so that a rise by 0.2 of 5 doesn't look like a leap
    return series.length === 0 ? [] : [{ ...plan, ...(range && { limits: range, include: range }), series }]
  })
}
