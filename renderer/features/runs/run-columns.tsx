import { createColumnHelper } from '@tanstack/react-table'
import type { RunListing } from '../../../main/shared/contract/runs-contract.ts'
import { duration, fixed, moment } from '../../components/format.ts'
import { RunTags } from '../../components/run-menu/run-tags.tsx'
import { StatusDot } from '../../components/status-dot.tsx'
import { ResultMark } from './result-mark.tsx'
import { RewardSparkline } from './reward-sparkline.tsx'
import { runResult } from './run-result.ts'
import styles from './runs.module.css'
import { StageCell } from './stage-cell.tsx'

const column = createColumnHelper<RunListing>()

/** Sort order of statuses: what needs the user comes first. */
const urgency: readonly RunListing['status'][] = [
  ...(['waiting-for-review', 'failed', 'interrupted', 'running', 'pausing', 'finishing'] as const),
  ...(['queued', 'paused', 'created', 'finished'] as const),
]

export const newestReward = ({ rewards }: RunListing): number | undefined => rewards.findLast((reward) => reward !== null) ?? undefined

/** Columns of the run list. `undefined` sorts last in both directions. */
export const runColumns = [
  column.accessor('name', {
    header: 'Name',
    cell: ({ row: { original: run } }) => (
      <span className={styles.name}>
        <span className={styles.clip} title={[`${run.name} (${run.id})`, run.note].filter((text) => text !== '').join('\n\n')}>
          {run.name}
        </span>
        <RunTags tags={run.tags} />
        <span className={`code dim ${styles.id}`}>{run.id}</span>
      </span>
    ),
    sortingFn: 'text',
  }),
  column.accessor((run) => urgency.indexOf(run.status), {
    id: 'status',
    header: 'Status',
    cell: ({ row }) => <StatusDot status={row.original.status} />,
  }),
  column.accessor((run) => run.stage ?? undefined, {
    id: 'stage',
    header: 'Stage',
    cell: ({ row }) => <StageCell run={row.original} />,
    sortUndefined: 'last',
  }),
  column.accessor((run) => run.iteration, {
    id: 'iteration',
    header: 'Iteration',
    cell: ({ row: { original: run } }) => (
      <span className={styles.number}>
        {run.iteration} of {run.iterations}
      </span>
    ),
  }),
  column.accessor(newestReward, {
    id: 'reward',
    header: 'Mean reward',
    cell: ({ row: { original: run } }) =>
      run.rewards.length === 0 ? (
        <span className="dim">–</span>
      ) : (
        <span className={styles.rate}>
          <span className={styles.number}>{fixed(newestReward(run))}</span>
          <RewardSparkline rewards={run.rewards} range={run.reward_range} />
        </span>
      ),
    sortUndefined: 'last',
  }),
  column.accessor((run) => runResult(run)?.share ?? undefined, {
    id: 'result',
    header: 'Result',
    cell: ({ row: { original: run } }) => <ResultMark run={run} />,
    sortUndefined: 'last',
  }),
  column.accessor('created_at', { header: 'Created', cell: ({ getValue }) => <span className={styles.number}>{moment(getValue())}</span> }),
  column.accessor('seconds', {
    header: 'Run time',
    cell: ({ getValue }) => <span className={styles.number}>{getValue() === 0 ? '–' : duration(getValue())}</span>,
  }),
]

/** Tooltips of the columns. */
export const columnHints: Readonly<Record<string, string>> = {
  name: 'The run’s name, and its ID for the command line.',
  status: 'The run’s status. When sorted, runs that need your attention come first.',
  stage: 'The current stage of the iteration.',
  iteration:
    'Iteration 0 trains M1 on the seed data. Iteration t trains M(t+1) on the pairs that M(t) generated and judged. The paper has 2.',
  reward:
    'Mean reward of the latest judged candidates, given by the model itself, and its course over the iterations. A rise toward the maximum can also mean that the judge no longer distinguishes between answers.',
  result:
    'With a 95% confidence interval: how often the newest model’s answers are preferred to M1’s, or, if programs check answers, how many held-out prompts the newest model follows.',
  created_at: 'When the run was created.',
  seconds: 'Total running time, not counting pauses.',
}
