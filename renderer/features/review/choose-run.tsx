import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import type { ReviewableRun } from '../../../main/shared/contract/review-contract.ts'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { count, moment } from '../../components/format.ts'
import { Page, Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { StatusDot } from '../../components/status-dot.tsx'
import styles from './choose-run.module.css'
import { chooseRunActions } from './review-actions.ts'

/** Run picker; runs that are waiting for review come first. */
export function ChooseRun() {
  const runs = useQuery(orpc.review.runs.queryOptions())
  const [, go] = useLocation()
  const first = runs.data?.find(({ status }) => status === 'waiting-for-review') ?? runs.data?.[0]
  useScreenActions(chooseRunActions, {
    first: first === undefined ? null : { title: `Review ${first.name}`, perform: () => go(`/review/${first.id}`) },
  })
  return (
    <Page title="Review">
      <QueryView query={runs}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState
              title="No pairs yet"
              actions={
                <Button component={Link} href="/runs">
                  Go to runs
                </Button>
              }
            >
              A run’s model answers each prompt several times and scores its own answers. The best and the worst become a preference pair,
              and the next model is trained on the pairs. Review them here: your decisions take precedence over the judge’s.
            </EmptyState>
          ) : (
            <Panel flush>
              <table className={styles.table}>
                <thead>
                  <tr>
                    <th>Run</th>
                    <th>Status</th>
                    <th className={styles.number}>Pairs</th>
                    <th className={styles.number}>Reviewed</th>
                    <th>Created</th>
                  </tr>
                </thead>
                <tbody>
                  {list.map((run) => (
                    <Row key={run.id} run={run} />
                  ))}
                </tbody>
              </table>
            </Panel>
          )
        }
      </QueryView>
    </Page>
  )
}

const Row = ({ run: { id, name, status, pairs, reviewed, createdAt } }: { readonly run: ReviewableRun }) => (
  <tr>
    <td>
      <Link href={`/review/${id}`} className={styles.link}>
        {name} <span className="code dim">{id}</span>
      </Link>
    </td>
    <td>
      <StatusDot status={status} />
    </td>
    <td className={styles.number}>{count(pairs)}</td>
    <td className={styles.number}>{count(reviewed)}</td>
    <td>{moment(createdAt)}</td>
  </tr>
)
