import { useQueries } from '@tanstack/react-query'
import type { Progress } from '../../../main/shared/contract/charts-contract.ts'
import { orpc } from '../../api/client.ts'
import { ChartCard } from '../../components/charts/chart-card.tsx'
import { ModelChart, type ModelSeries } from '../../components/charts/model-chart.tsx'
import { Loading } from '../../components/loading.tsx'
import { Panel } from '../../components/page.tsx'
import { type ProgressChart, progressCharts } from '../../components/progress-charts.ts'
import styles from './compare-page.module.css'
import type { RunLook } from './run-looks.ts'

/** One chart per figure, with a line for every run over its models. */
export function ProgressOverlay({ looks }: { readonly looks: readonly RunLook[] }) {
  const queries = useQueries({ queries: looks.map(({ run }) => orpc.charts.progress.queryOptions({ input: { runId: run.id } })) })
  if (queries.some(({ data }) => data === undefined)) return <Loading />
  const progresses = queries.map(({ data }) => data!)
  const charts = overlaid(looks, progresses)
  if (charts.length === 0) return null
  return (
    <Panel title="Iteration progress">
      <div className={styles.grid}>
        {charts.map((chart) => (
          <ChartCard key={chart.id} title={chart.title} about={chart.about} summary={inWords(chart)} table={() => tableOf(chart)}>
            <ModelChart {...chart} models={modelsOf(chart, progresses)} />
          </ChartCard>
        ))}
      </div>
    </Panel>
  )
}

/** Merges the runs' charts, taking each chart's first line. */
function overlaid(looks: readonly RunLook[], progresses: readonly Progress[]): ProgressChart[] {
  const byRun = progresses.map(progressCharts)
  const plans = new Map(byRun.flat().map((chart) => [chart.id, chart]))
  return [...plans.values()].map((plan) => ({
    ...plan,
    series: looks.flatMap(({ run, letter, color, dash }, i): ModelSeries[] => {
      const line = byRun[i].find(({ id }) => id === plan.id)?.series[0]
      return line === undefined ? [] : [{ id: run.id, name: letter, color, dash, points: line.points, hasDots: true }]
    }),
  }))
}

const modelsOf = ({ series }: ProgressChart, progresses: readonly Progress[]): string[] =>
  [...new Set(progresses.flatMap(({ models }) => models))]
    .filter((model) => series.some(({ points }) => points.some((point) => point.model === model)))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))

const inWords = ({ title, series, format }: ProgressChart): string =>
  `${title}: ${series.map(({ name, points }) => `${name}: ${points.map(({ model, value }) => `${model} ${format(value)}`).join(', ')}`).join('; ')}.`

const tableOf = ({ series }: ProgressChart) => ({
  columns: ['run', 'model', 'value', 'low', 'high', 'n'],
  rows: series.flatMap(({ name, points }) => points.map(({ model, value, low, high, n }) => [name, model, value, low, high, n])),
})
