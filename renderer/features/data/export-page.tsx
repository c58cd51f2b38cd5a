import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useLocation, useSearch } from 'wouter'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { Page, Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { DataTabs } from './data-tabs.tsx'
import { ExportForm } from './export-form.tsx'

/** Exports a run's data for other programs. The run is part of the address, so that its page can link here. */
export function ExportPage() {
  const runs = useQuery(orpc.runs.list.queryOptions())
  const run = new URLSearchParams(useSearch()).get('run')
  const [, navigate] = useLocation()
  return (
    <Page title="Data" status={<DataTabs />}>
      <QueryView query={runs}>
        {(all) => {
          if (all.length === 0) {
            return (
              <EmptyState title="Nothing to export yet">
                Once you have a run, you can export its pairs, examples, judgements, reviews, and metrics for TRL, LLaMA-Factory,
                AlpacaEval, or a spreadsheet.
              </EmptyState>
            )
          }
          const chosen = all.find(({ id }) => id === run) ?? all[0]
          return (
            <>
              <Panel title="Run">
                <Select
                  aria-label="Run"
                  data={all.map(({ id, name, status }) => ({ value: id, label: `${name} · ${id} · ${status}` }))}
                  value={chosen.id}
                  onChange={(id) => id && navigate(`/data/export?run=${id}`, { replace: true })}
                  allowDeselect={false}
                  searchable
                  w={480}
                />
              </Panel>
              <ExportForm key={chosen.id} run={chosen.id} />
            </>
          )
        }}
      </QueryView>
    </Page>
  )
}
