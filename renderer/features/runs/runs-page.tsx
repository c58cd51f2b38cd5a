import { useQuery } from '@tanstack/react-query'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { moment } from '../../components/format.ts'
import { Page, Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { StatusDot } from '../../components/status-dot.tsx'

export function RunsPage() {
  const runs = useQuery(orpc.runs.list.queryOptions())
  return (
    <Page title="Runs">
      <QueryView query={runs}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState title="No runs yet">A run trains a model on its own judgements, iteration by iteration.</EmptyState>
          ) : (
            <Panel flush>
              <ul>
                {list.map((run) => (
                  <li key={run.id}>
                    {run.name} <StatusDot status={run.status} /> {moment(run.created_at)}
                  </li>
                ))}
              </ul>
            </Panel>
          )
        }
      </QueryView>
    </Page>
  )
}
