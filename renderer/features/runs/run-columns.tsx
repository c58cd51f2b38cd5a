import { createColumnHelper } from '@tanstack/react-table'
import type { RunListing } from '../../../main/api/contract/runs.ts'
import { duration, fixed, moment } from '../../components/format.ts'
import { StatusDot } from '../../components/status-dot.tsx'
import { RewardSparkline } from './reward-sparkline.tsx'
import styles from './runs.module.css'
import { StageCell } from './stage-cell.tsx'
import { WinRateMark } from './win-rate-mark.tsx'

const column = createColumnHelper<RunListing>()

/** The order in which statuses are listed: what asks for a person first. */
const urgency: readonly RunListing['status'][] = ['waiting', 'failed', 'interrupted', 'running', 'stopped', 'created', 'finished']

const newestReward = ({ rewards }: RunListing): number | undefined => rewards.findLast((reward) => reward !== null) ?? undefined

/** What the list shows of each run. `undefined` sorts last whichever way. */
export const runColumns = [
  column.accessor('name', {
    header: 'Name',
    cell: ({ row: { original: run } }) => (
      <span className={styles.name}>
        <span className={styles.clip}>{run.name}</span>
        <span className="code dim">{run.id}</span>
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
          <RewardSparkline rewards={run.rewards} />
        </span>
      ),
    sortUndefined: 'last',
  }),
  column.accessor((run) => run.win_rate?.win_rate ?? undefined, {
    id: 'winRate',
    header: 'Win rate',
    cell: ({ row: { original: run } }) => (run.win_rate === null ? <span className="dim">–</span> : <WinRateMark rate={run.win_rate} />),
    sortUndefined: 'last',
  }),
  column.accessor('created_at', { header: 'Made', cell: ({ getValue }) => <span className={styles.number}>{moment(getValue())}</span> }),
  column.accessor('seconds', {
    header: 'Work',
    cell: ({ getValue }) => <span className={styles.number}>{getValue() === 0 ? '–' : duration(getValue())}</span>,
  }),
]

/** What each column means, for its tooltip. */
export const columnHints: Readonly<Record<string, string>> = {
  name: 'Its name, and the id by which the command line knows it.',
  status: 'What the run does now. Sorted: what waits for a person comes first.',
  stage: 'The step of the iteration that is worked on.',
  iteration: 'Iteration 0 makes M1 from the seed data; iteration t makes M(t+1) from what M(t) wrote and judged. The paper has 2.',
  reward:
    'The mean of the rewards that the newest judged candidates got from their own model, 0 to 5, and its course over the iterations. A rise towards 5 can also mean that the judge no longer tells answers apart.',
  winRate: 'How often the newest model’s answers are preferred to those of the model before it, with its 95 % interval.',
  created_at: 'When the run was made.',
  seconds: 'Time worked, over all sessions.',
}
