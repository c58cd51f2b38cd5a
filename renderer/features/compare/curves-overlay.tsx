import { Select } from '@mantine/core'
import { useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import { orpc } from '../../api/client.ts'
import { CurveChart } from '../../components/charts/curve-chart.tsx'
import { CurveControls, type CurveView, firstView, zoomed } from '../../components/charts/curve-controls.tsx'
import { Loading } from '../../components/loading.tsx'
import { firstMetrics, metricWords } from '../../components/method-words.ts'
import { Panel } from '../../components/page.tsx'
import styles from './compare-page.module.css'
import type { RunLook } from './run-looks.ts'

/** The training curves of the same model in every run, one chart per metric. */
export function CurvesOverlay({ looks }: { readonly looks: readonly RunLook[] }) {
  const [model, setModel] = useState<string | null>(null)
  const [view, setView] = useState<CurveView>(firstView)
  const queries = useQueries({ queries: looks.map(({ run }) => orpc.charts.trainings.queryOptions({ input: { runId: run.id } })) })
  const trainings = queries.flatMap(({ data }) => data ?? [])
  const models = [...new Set(trainings.map((training) => training.model))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const shownModel = model !== null && models.includes(model) ? model : models.at(-1)
  const shown = trainings.filter((training) => training.model === shownModel)
  const task = shown[0]?.task ?? 'dpo'
  const known = [...new Set(shown.flatMap(({ metrics }) => metrics))]
  const metrics = (view.metrics ?? firstMetrics[task]).filter((metric) => known.includes(metric))
  const curves = useQueries({
    queries: looks.map(({ run }) =>
      orpc.charts.curves.queryOptions({
        input: {
          runId: run.id,
          models: shownModel === undefined ? [] : [shownModel],
          metrics,
          from: view.from,
          to: view.to,
          smoothing: view.smoothing,
        },
        placeholderData: (before) => before,
      }),
    ),
  })
  if (queries.some(({ isPending }) => isPending)) return <Loading />
  if (shownModel === undefined) return null
  const last = Math.max(1, ...shown.map(({ steps, lastStep }) => steps ?? lastStep))
  const zoom = (from: number, to: number): void => setView(zoomed(view, from, to, last))
  return (
    <Panel
      title={
        <Select
          aria-label="Model"
          w={160}
          allowDeselect={false}
          value={shownModel}
          data={models.map((value) => ({ value, label: `Training of ${value}` }))}
          onChange={(value) => {
            setModel(value)
            setView({ ...view, from: null, to: null, metrics: null })
          }}
        />
      }
      corner={<CurveControls {...{ view, task, metrics, known, last }} onView={setView} tasks={[task]} onTask={() => {}} />}
    >
      <div className={styles.grid}>
        {metrics.map((metric) => (
          <CurveChart
            key={metric}
            title={metricWords[metric]?.name ?? metric}
            about={metricWords[metric]?.means}
            series={looks.flatMap(({ run, letter, color, dash }, i) => {
              const curve = curves[i].data?.find((other) => other.metric === metric && other.model === shownModel)
              return curve === undefined ? [] : [{ ...curve, id: run.id, name: letter, color, dash }]
            })}
            range={[view.from ?? 1, view.to ?? last]}
            isLog={view.isLog}
            hasLabels
            group={`compare ${shownModel}`}
            meaningful={metricWords[metric]?.at}
            onZoom={zoom}
            onReset={() => setView({ ...view, from: null, to: null })}
          />
        ))}
      </div>
    </Panel>
  )
}
