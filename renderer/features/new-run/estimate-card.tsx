import type { UseQueryResult } from '@tanstack/react-query'
import type { RunEstimate } from '../../../main/shared/contract/new-run-contract.ts'
import { shownError } from '../../api/errors.ts'
import { bytes, duration } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { stageWords } from '../../components/stage-words.ts'
import styles from './estimate.module.css'
import { MemoryBar, memoryState } from './memory-bar.tsx'

interface EstimateCardProps {
  readonly estimate: UseQueryResult<RunEstimate>
  readonly hasModel: boolean
}

/** Estimated memory and time on this machine, updated with the values. */
export function EstimateCard({ estimate, hasModel }: EstimateCardProps) {
  return (
    <Panel title="Estimate" corner={estimate.isFetching ? <span className={styles.calculating}>Calculating…</span> : undefined}>
      {!hasModel && <p className={styles.quiet}>Choose a base model to see how much memory and time the run takes.</p>}
      {hasModel && estimate.isError && <p className={styles.quiet}>{failure(estimate.error)}</p>}
      {hasModel && !estimate.isError && estimate.data === undefined && <p className={styles.quiet}>Measuring this machine’s speed…</p>}
      {hasModel && !estimate.isError && estimate.data !== undefined && <Figures estimate={estimate.data} />}
    </Panel>
  )
}

/** Invalid values are already marked at their fields. */
function failure(error: unknown): string {
  const { code, message } = shownError(error)
  return code === 'BAD_INPUT' ? 'Fix the highlighted fields to see an estimate.' : message
}

function Figures({ estimate: { memory, stages, seconds, low, high, basis } }: { readonly estimate: RunEstimate }) {
  const { training, generation, free, of } = memory
  const state = memoryState(Math.max(training.total, generation.total), free)
  return (
    <div className={styles.figures}>
      {training.total > 0 && <MemoryBar title="Memory to train" parts={training} free={free} />}
      {generation.total > 0 && <MemoryBar title="Memory to generate" parts={generation} free={free} />}
      <p className={styles.free}>
        {free === null ? `Couldn’t determine how much ${of} is free.` : `${bytes(free)} of ${of} free.`}
        {state === 'scarce' && <strong className={styles.warning}> This is tight.</strong>}
        {state === 'over' && (
          <strong className={styles.over}>
            {' '}
            This probably won’t fit. Lower the generation batch size or the maximum length, turn on gradient checkpointing, or use LoRA.
          </strong>
        )}
      </p>
      <div className={styles.time}>
        <div className={styles.memoryHead}>
          <span>Time</span>
          <span className={styles.memoryTotal}>{rangeText(low, high)}</span>
        </div>
        <Stages stages={stages} seconds={seconds} />
      </div>
      <p className={styles.basis}>
        Estimated for {(basis.parameters / 1e6).toFixed(basis.parameters < 1e7 ? 1 : 0)} million parameters at {Math.round(basis.gflops)}{' '}
        GFLOP/s in {basis.precision}, measured here ({basis.backend}, {basis.device}). {learned(basis)}
        {basis.elsewhere.length > 0 &&
          ` Not counted: what ${basis.elsewhere.join(' and ')} ${basis.elsewhere.length === 1 ? 'does' : 'do'}.`}
        {basis.disturbed && ' Other work was using the processor during the measurement, so the run may be faster.'}
      </p>
    </div>
  )
}

const learned = ({ runs }: RunEstimate['basis']): string =>
  runs === 0
    ? 'No comparable run has finished yet, so it may take half or twice as long.'
    : `Calibrated with ${runs === 1 ? 'one finished run' : `${runs} finished runs`}.`

function rangeText(low: number, high: number): string {
  const [from, to] = [low, high].map((seconds) => duration(roundedSeconds(seconds)))
  return from === to ? `about ${from}` : `${from} to ${to}`
}

/** An estimate is good to two digits at most. */
const roundedSeconds = (seconds: number): number => Number(seconds.toPrecision(2))

/** Time by kind of stage; iteration 0, which trains M1, is one row. */
function Stages({ stages, seconds }: Pick<RunEstimate, 'stages' | 'seconds'>) {
  const groups = Map.groupBy(stages, ({ iteration, stage }) => (iteration === 0 ? 'M1 from the seed data' : stageWords[stage].name))
  const rows = [...groups].map(([name, group]) => ({ name, total: group.reduce((sum, one) => sum + one.seconds, 0) }))
  return (
    <ul className={styles.stages}>
      {rows.map(({ name, total }) => (
        <li key={name}>
          <span>{name}</span>
          <span className={styles.stageBar}>
            <span style={{ width: `${(100 * total) / Math.max(seconds, 1e-9)}%` }} />
          </span>
          <span className={styles.stageTime}>{duration(roundedSeconds(total))}</span>
        </li>
      ))}
    </ul>
  )
}
