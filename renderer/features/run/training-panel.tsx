import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Curve, Training } from '../../../main/shared/contract/charts-contract.ts'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { orpc } from '../../api/client.ts'
import { CurveChart } from '../../components/charts/curve-chart.tsx'
import { CurveControls, type CurveView, firstView, zoomed } from '../../components/charts/curve-controls.tsx'
import { Hint } from '../../components/hint.tsx'
import { firstMetrics, metricWords } from '../../components/method-words.ts'
import { modelColor } from '../../components/model-badge.tsx'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { TrainedOn } from './trained-on.tsx'
import styles from './training-panel.module.css'
import { intervalOf } from './use-live-run.ts'

/** Training curves. DPO and fine-tuning are shown separately, because their losses and steps aren't comparable. */
export function TrainingPanel({ run }: { readonly run: RunDetails }) {
  const isTraining = run.stage === 'train' || run.stage === 'baseline'
  const query = useQuery(
    orpc.charts.trainings.queryOptions({ input: { runId: run.id }, refetchInterval: isTraining ? intervalOf(run) : false }),
  )
  return (
    <QueryView query={query}>
      {(trainings) =>
        trainings.length === 0 ? (
          <Panel>
            <Hint title="Training">Loss, rewards, and log-probabilities appear here step by step during training.</Hint>
          </Panel>
        ) : (
          <Curves run={run} trainings={trainings} isTraining={isTraining} />
        )
      }
    </QueryView>
  )
}

interface CurvesProps {
  readonly run: RunDetails
  readonly trainings: readonly Training[]
  readonly isTraining: boolean
}

function Curves({ run, trainings, isTraining }: CurvesProps) {
  const [task, setTask] = useState<Training['task'] | null>(null)
  const [view, setView] = useState<CurveView>(firstView)
  const shownTask = task ?? trainings[trainings.length - 1].task
  const shown = trainings.filter((training) => training.task === shownTask)
  const known = [...new Set(shown.flatMap(({ metrics }) => metrics))]
  const metrics =
    view.metrics?.filter((metric) => known.includes(metric)) ?? firstMetrics[shownTask].filter((metric) => known.includes(metric))
  const curves = useQuery(
    orpc.charts.curves.queryOptions({
      input: { runId: run.id, models: shown.map(({ model }) => model), metrics, from: view.from, to: view.to, smoothing: view.smoothing },
      refetchInterval: isTraining ? intervalOf(run) : false,
      placeholderData: (before) => before,
    }),
  )
  const last = Math.max(1, ...shown.map(({ steps, lastStep }) => steps ?? lastStep))
  const range = [view.from ?? 1, view.to ?? last] as const
  const zoom = (from: number, to: number): void => setView(zoomed(view, from, to, last))
  return (
    <Panel
      title="Training"
      corner={
        <CurveControls
          view={view}
          onView={setView}
          task={shownTask}
          tasks={[...new Set(trainings.map((training) => training.task))]}
          onTask={(next) => {
            setTask(next)
            setView({ ...view, metrics: null, from: null, to: null })
          }}
          metrics={metrics}
          known={known}
          last={last}
        />
      }
    >
      <TrainedOn trainings={shown} />
      <QueryView query={curves}>
        {(drawn) => (
          <div className={styles.grid}>
            {metrics.map((metric) => (
              <CurveChart
                key={metric}
                title={metricWords[metric]?.name ?? metric}
                about={metricWords[metric]?.means}
                series={drawn
                  .filter((curve) => curve.metric === metric)
                  .map((curve) => ({ id: curve.model, name: curve.model, color: modelColor(curve.model), ...pick(curve) }))}
                range={range}
                isLog={view.isLog}
                group={`${run.id} ${shownTask}`}
                meaningful={metricWords[metric]?.at}
                onZoom={zoom}
                onReset={() => setView({ ...view, from: null, to: null })}
              />
            ))}
          </div>
        )}
      </QueryView>
    </Panel>
  )
}

const pick = ({ steps, values, smoothed, ending, partial }: Curve) => ({ steps, values, smoothed, ending, partial })
