import type { CSSProperties } from 'react'
import type { Timeline as TimelineData, TimelineStage } from '../../../main/shared/contract/charts-contract.ts'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { ModelBadge } from '../../components/model-badge.tsx'
import { type StageName, stageWords } from '../../components/stage-words.ts'
import { stageFigure } from './stage-figure.ts'
import styles from './timeline.module.css'
import { isLive, type LiveProgress } from './use-live-run.ts'

interface TimelineProps {
  readonly run: RunDetails
  readonly timeline: TimelineData
  readonly progress: LiveProgress | null
  readonly onOpen: (stage: TimelineStage) => void
}

/** A stage's column, so that the same stages of all iterations line up. */
const columns: Readonly<Record<Exclude<StageName, 'judge-pairs'>, number>> = {
  ...{ 'seed-data': 1, baseline: 2, eft: 3, prompts: 1, candidates: 2, judgements: 3, pairs: 4, review: 5, train: 6, evaluate: 7 },
}

/** With judge pairs, these have a column of their own after the pairs. */
const columnOf = (stage: StageName, hasJudgePairs: boolean): number => {
  if (stage === 'judge-pairs') return columns.pairs + 1
  return columns[stage] + (hasJudgePairs && columns[stage] > columns.pairs ? 1 : 0)
}

/** The loop as in the paper's figure: one row per iteration, from the model that generates the data to the model trained on it. */
export function Timeline({ run, timeline, progress, onOpen }: TimelineProps) {
  const byIteration = [...Map.groupBy(timeline.stages, ({ iteration }) => iteration)]
  const made = new Set(run.models.map(({ name }) => name))
  const hasJudgePairs = timeline.stages.some(({ stage }) => stage === 'judge-pairs')
  const last = columnOf('evaluate', hasJudgePairs)
  const at = (stage: StageName): number => columnOf(stage, hasJudgePairs)
  return (
    <ol className={styles.timeline}>
      {byIteration.map(([iteration, stages]) => (
        <li key={iteration} className={styles.row}>
          <Model name={`M${iteration}`} isMade={made.has(`M${iteration}`)} />
          <ol className={styles.stages} style={{ '--columns': last } as CSSProperties}>
            {stages.map((stage, i) => (
              <StageCell
                key={stage.stage}
                column={at(stage.stage)}
                toNext={(i + 1 < stages.length ? at(stages[i + 1].stage) : last + 1) - at(stage.stage)}
                stage={withProgress(stage, progress)}
                training={iteration === 0 || run.recipe.method === 'self-sft' ? 'Fine-tuning' : 'DPO'}
                isWorking={isLive(run)}
                isWaiting={run.status === 'waiting-for-review'}
                onOpen={() => onOpen(stage)}
              />
            ))}
          </ol>
          <Model name={`M${iteration + 1}`} isMade={made.has(`M${iteration + 1}`)} />
        </li>
      ))}
    </ol>
  )
}

const Model = ({ name, isMade }: { readonly name: string; readonly isMade: boolean }) => (
  <div className={styles.model} data-made={isMade || undefined}>
    {isMade ? <ModelBadge name={name} /> : name}
  </div>
)

/** Progress events are more recent than the fetched timeline. */
function withProgress(stage: TimelineStage, progress: LiveProgress | null): TimelineStage {
  const isIts = progress !== null && progress.iteration === stage.iteration && progress.stage === stage.stage && stage.state === 'current'
  if (!isIts || stage.stage === 'evaluate' || stage.stage === 'eft') return stage
  return { ...stage, made: Math.max(progress.done, stage.made ?? 0), of: progress.total }
}

interface StageCellProps {
  readonly stage: TimelineStage
  /** What its training is called. */
  readonly training: string
  readonly column: number
  /** Distance to the next stage, columns. */
  readonly toNext: number
  readonly isWorking: boolean
  readonly isWaiting: boolean
  readonly onOpen: () => void
}

function StageCell({ stage, training, column, toNext, isWorking, isWaiting, onOpen }: StageCellProps) {
  const { state, made, of } = stage
  const words = stageWords[stage.stage]
  const { value, detail } = stageFigure(stage)
  const share = state === 'current' && made !== null && of !== null && of > 0 ? Math.min(1, made / of) : null
  const mark = state !== 'current' ? state : isWaiting ? 'waiting' : isWorking ? 'working' : 'resting'
  return (
    <li className={styles.stage} style={{ gridColumn: column, '--to-next': toNext } as CSSProperties} data-state={state} data-mark={mark}>
      <button
        type="button"
        className={styles.cell}
        onClick={onOpen}
        disabled={state === 'coming'}
        title={words.means}
        aria-current={state === 'current' ? 'step' : undefined}
      >
        <span className={styles.name}>
          <span className={styles.mark} aria-hidden />
          {stage.stage === 'train' ? training : words.name}
          <span className="visually-hidden">{stateWords[state]}</span>
        </span>
        <span className={styles.value}>{value}</span>
        <span className={styles.detail}>{detail}</span>
        {share !== null && (
          <span className={styles.bar} aria-hidden>
            <span className={styles.filled} style={{ width: `${100 * share}%` }} />
          </span>
        )}
      </button>
    </li>
  )
}

const stateWords = { done: 'done', current: 'in progress', coming: 'upcoming' } as const
