import { Button } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useParams } from 'wouter'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { Loading } from '../../components/loading.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { ChooseRun } from './choose-run.tsx'
import { ReviewDesk } from './desk.tsx'

/** Reviewing judged pairs: of the run in the address, or of one to be chosen. */
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
          <Loading /> // what the run's page has asked for earlier may be older than the first pairs
        ) : data.iterations.length === 0 ? (
          <EmptyState
            title="No pairs yet"
            actions={
              <Button component={Link} href={`/runs/${data.runId}`}>
                To the run
              </Button>
            }
          >
            {data.name} has not made its first pairs. They come after its first model, M1, has answered and judged.
          </EmptyState>
        ) : (
          <ReviewDesk overview={data} />
        )
      }
    </QueryView>
  )
}
