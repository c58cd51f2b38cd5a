import { Button, Group, SegmentedControl, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useRef, useState } from 'react'
import { Link } from 'wouter'
import { type ResultChoice, resultSources, type ShownEvaluation } from '../../../main/shared/contract/evaluations-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { toCsv } from '../../components/charts/chart-table.ts'
import { download } from '../../components/charts/download.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { count, moment } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import { resultsTable } from './answers-table.ts'
import styles from './evaluate.module.css'
import { resultsActions } from './evaluate-actions.ts'
import { FigureList } from './figure-list.tsx'
import { WinRateMatrix } from './win-rate-matrix.tsx'
import { kindName } from './words.ts'

const sourceNames: Readonly<Record<ResultChoice['source'], string>> = { all: 'All', runs: 'By runs', manual: 'Manual' }
const sourceFilters = Object.entries(sourceNames).map(([value, label]) => ({ value, label }))

/** Rows listed at first, and added by each "Show more". */
const page = 100

/** All evaluation results, from runs and manual evaluations. */
export function ResultsView() {
  const [search, setSearch] = useState('')
  const [source, setSource] = useState<ResultChoice['source']>('all')
  const [limit, setLimit] = useState(page)
  const choice = { search: useDeferredValue(search), source, limit }
  const results = useQuery(orpc.evaluate.results.queryOptions({ input: choice, staleTime: 0, placeholderData: keepPreviousData }))
  const shown = results.data?.rows ?? []
  const isWhole = search === '' && source === 'all'
  const field = useRef<HTMLInputElement>(null)
  const actions = useScreenActions(resultsActions, {
    filter: { perform: () => field.current?.focus() },
    csv: {
      enabled: shown.length > 0,
      perform: () => download('results.csv', new Blob([toCsv(resultsTable(shown))], { type: 'text/csv' })),
    },
  })
  return (
    <>
      <div className={styles.bar}>
        <TextInput
          ref={field}
          className={styles.search}
          aria-label="Filter results"
          placeholder="Filter by model, judge, run, kind"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <SegmentedControl
          aria-label="Source"
          data={sourceFilters}
          value={source}
          onChange={(value) => setSource(resultSources.parse(value))}
        />
        <Button {...actionProps(actions.csv)} />
      </div>
      <QueryView query={results}>
        {({ rows, matching }) => (
          <>
            {rows.length === 0 ? (
              <EmptyState title={isWhole ? 'No results yet' : 'No matching results'}>
                {isWhole ? 'Evaluations by runs and manual evaluations appear here side by side.' : 'Clear the filter to see all results.'}
              </EmptyState>
            ) : (
              <>
                <WinRateMatrix evaluations={rows} />
                <Panel flush>
                  <ResultsTable evaluations={rows} />
                </Panel>
              </>
            )}
            {matching > rows.length && (
              <Group justify="center" gap={12}>
                <span className="dim">
                  {count(rows.length)} of {count(matching)} results
                </span>
                <Button onClick={() => setLimit(limit + page)}>Show more</Button>
              </Group>
            )}
          </>
        )}
      </QueryView>
    </>
  )
}

function ResultsTable({ evaluations }: { readonly evaluations: readonly ShownEvaluation[] }) {
  return (
    <ScrollArea className={styles.scroller} label="Results">
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Measured</th>
            <th scope="col">Result</th>
            <th scope="col">Judge</th>
            <th scope="col">By</th>
          </tr>
        </thead>
        <tbody>
          {evaluations.map(({ id, run, kind, model, against, judge, result, finishedAt }) => (
            <tr key={id}>
              <th scope="row">{model}</th>
              <td>{against === '' ? kindName(kind) : `${kindName(kind)} v ${against}`}</td>
              <td className={styles.result}>
                <FigureList kind={kind} figures={result ?? {}} />
              </td>
              <td>{judge || '–'}</td>
              <td>
                {run === null ? (
                  byHand(finishedAt)
                ) : (
                  <Link href={`/runs/${run.id}`} className={styles.link}>
                    {run.name}
                  </Link>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  )
}

const byHand = (finishedAt: string | null): string => `manual, ${moment(finishedAt)}`
