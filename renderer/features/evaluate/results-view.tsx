import { SegmentedControl, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import type { ShownEvaluation } from '../../../main/shared/contract/evaluations-contract.ts'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { moment } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import styles from './evaluate.module.css'
import { FigureList } from './figure-list.tsx'
import { kindName } from './words.ts'

const sourceFilters = [
  { value: 'all', label: 'All' },
  { value: 'runs', label: 'By runs' },
  { value: 'hand', label: 'Manual' },
]

/** All evaluation results, from runs and manual evaluations. */
export function ResultsView() {
  const evaluations = useQuery(orpc.evaluate.list.queryOptions({ input: { runs: true }, staleTime: 0 }))
  const [search, setSearch] = useState('')
  const [who, setWho] = useState('all')
  return (
    <>
      <div className={styles.bar}>
        <TextInput
          className={styles.search}
          aria-label="Filter results"
          placeholder="Filter by model, judge, run, kind"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <SegmentedControl aria-label="Source" data={sourceFilters} value={who} onChange={setWho} />
      </div>
      <QueryView query={evaluations}>
        {(list) => {
          const all = list.filter(({ result }) => result !== null)
          const shown = all.filter((evaluation) => isWanted(evaluation, who, search))
          if (all.length === 0) {
            return <EmptyState title="No results yet">Evaluations by runs and manual evaluations appear here side by side.</EmptyState>
          }
          return (
            <Panel flush>
              {shown.length === 0 ? (
                <EmptyState title="No matching results">Clear the filter to see all results.</EmptyState>
              ) : (
                <ResultsTable evaluations={shown} />
              )}
            </Panel>
          )
        }}
      </QueryView>
    </>
  )
}

function ResultsTable({ evaluations }: { readonly evaluations: readonly ShownEvaluation[] }) {
  return (
    <div className={styles.scroller}>
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
    </div>
  )
}

const byHand = (finishedAt: string | null): string => `manual, ${moment(finishedAt)}`

function isWanted({ run, kind, model, against, judge, finishedAt }: ShownEvaluation, who: string, search: string): boolean {
  if (who !== 'all' && (who === 'runs') !== (run !== null)) return false
  const text = [model, against, kindName(kind), judge, run?.name ?? byHand(finishedAt)].join(' ').toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
