import { useQuery } from '@tanstack/react-query'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { orpc } from '../../api/client.ts'
import { ChartCard } from '../../components/charts/chart-card.tsx'
import { ModelChart } from '../../components/charts/model-chart.tsx'
import { Hint } from '../../components/hint.tsx'
import { Panel } from '../../components/page.tsx'
import { type ProgressChart, progressCharts } from '../../components/progress-charts.ts'
import { QueryView } from '../../components/query-view.tsx'
import styles from './progress-panel.module.css'

/** Charts that compare the models of a run. */
export function ProgressPanel({ run }: { readonly run: RunDetails }) {
  const query = useQuery(orpc.charts.progress.queryOptions({ input: { runId: run.id } }))
  return (
    <QueryView query={query}>
      {(progress) => {
        const charts = progressCharts(progress)
        return (
          <Panel title="Iteration progress">
            {charts.length === 0 ? (
              <Hint title="">Figures of each model appear here once the first pairs are made.</Hint>
            ) : (
              <div className={styles.grid}>
                {charts.map((chart) => (
                  <ChartCard key={chart.id} title={chart.title} about={chart.about} summary={inWords(chart)} table={() => tableOf(chart)}>
                    <ModelChart models={modelsOf(chart, progress.models)} {...chart} />
                  </ChartCard>
                ))}
              </div>
            )}
          </Panel>
        )
      }}
    </QueryView>
  )
}

/** Models that have the figure, in the run's order. */
const modelsOf = ({ series }: ProgressChart, models: readonly string[]): string[] =>
  models.filter((model) => series.some(({ points }) => points.some((point) => point.model === model)))

const inWords = ({ title, series, format }: ProgressChart): string =>
  `${title}: ${series.map(({ name, points }) => `${name} ${points.map(({ model, value }) => `${model} ${format(value)}`).join(', ')}`).join('; ')}.`

const tableOf = ({ series }: ProgressChart) => ({
  columns: ['figure', 'model', 'value', 'low', 'high', 'n'],
  rows: series.flatMap(({ name, points }) => points.map(({ model, value, low, high, n }) => [name, model, value, low, high, n])),
})
