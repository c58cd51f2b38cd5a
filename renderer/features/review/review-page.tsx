import { Button } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useParams } from 'wouter'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { Loading } from '../../components/loading.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { ChooseRun } from './choose-run.tsx'
import { ReviewDesk } from './desk.tsx'

/** Review of the run in the URL, or a run picker. */
export function ReviewPage() {
  const { runId } = useParams<{ runId?: string }>()
  return runId === undefined ? <ChooseRun /> : <OneRun key={runId} runId={runId} />
}

function OneRun({ runId }: { readonly runId: string }) {
  const overview = useQuery({
    ...orpc.review.overview.queryOptions({ input: { runId } }),
    placeholderData: keepPreviousData,
    refetchOnMount: 'always',
  })
  return (
    <QueryView query={overview}>
      {(data) =>
        data.iterations.length === 0 && overview.isFetching ? (
          <Loading /> // the cached overview may predate the first pairs
        ) : data.iterations.length === 0 ? (
          <EmptyState
            title="No pairs yet"
            actions={
              <Button component={Link} href={`/runs/${data.runId}`}>
                Go to the run
              </Button>
            }
          >
            {data.name} has no pairs yet. The first ones appear after M1 has answered prompts and judged its answers.
          </EmptyState>
        ) : (
          <ReviewDesk overview={data} />
        )
      }
    </QueryView>
  )
}
