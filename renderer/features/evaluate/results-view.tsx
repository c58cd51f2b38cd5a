import { SegmentedControl, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import type { ShownSuite } from '../../../main/shared/contract/evaluations-contract.ts'
import type { RunEvaluation } from '../../../main/shared/evaluation-rows.ts'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { moment } from '../../components/format.ts'
import { checkNames } from '../../components/method-words.ts'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import styles from './evaluate.module.css'
import { FigureList } from './figure-list.tsx'
import { kindNames } from './words.ts'

/** A result of a run or of a manual evaluation. */
interface Result {
  readonly key: string
  readonly what: string
  readonly kind: string
  readonly model: string
  readonly against: string
  readonly judge: string
  readonly by: string
  readonly runId: string | null
  readonly figures: Readonly<Record<string, number | null>>
}

const sourceFilters = [
  { value: 'all', label: 'All' },
  { value: 'runs', label: 'By runs' },
  { value: 'hand', label: 'Manual' },
]

/** All evaluation results, from runs and manual evaluations. */
export function ResultsView() {
  const ofRuns = useQuery(orpc.evaluate.ofRuns.queryOptions({ staleTime: 0 }))
  const suites = useQuery(orpc.evaluate.suites.list.queryOptions({ staleTime: 0 }))
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
      <QueryView query={ofRuns}>
        {(evaluations) => {
          const all = [...(suites.data ?? []).flatMap(ofSuite), ...evaluations.map(ofRun)]
          const shown = all.filter((result) => isWanted(result, who, search))
          if (all.length === 0) {
            return <EmptyState title="No results yet">Evaluations by runs and manual evaluations appear here side by side.</EmptyState>
          }
          return (
            <Panel flush>
              {shown.length === 0 ? (
                <EmptyState title="No matching results">Clear the filter to see all results.</EmptyState>
              ) : (
                <ResultsTable results={shown} />
              )}
            </Panel>
          )
        }}
      </QueryView>
    </>
  )
}

function ResultsTable({ results }: { readonly results: readonly Result[] }) {
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
          {results.map(({ key, model, against, what, kind, figures, judge, by, runId }) => (
            <tr key={key}>
              <th scope="row">{model}</th>
              <td>{against === '' ? what : `${what} v ${against}`}</td>
              <td className={styles.result}>
                <FigureList kind={kind} figures={figures} />
              </td>
              <td>{judge || '–'}</td>
              <td>
                {runId === null ? (
                  by
                ) : (
                  <Link href={`/runs/${runId}`} className={styles.link}>
                    {by}
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

const ofRun = ({ runId, runName, model, kind, against, judge, figures }: RunEvaluation): Result => ({
  ...{ key: `${runId} ${model} ${kind} ${against}`, model, against, kind, judge, by: runName, runId, figures },
  what: kind === 'head-to-head' || kind === 'judge' ? kindNames[kind] : (checkNames[kind] ?? kind),
})

function ofSuite({ id, kind, settings, result, finishedAt }: ShownSuite): Result[] {
  if (result === null) return []
  const against = settings.kind === 'head-to-head' ? settings.against.label : ''
  const judge = settings.kind === 'head-to-head' ? settings.judge.label : settings.kind === 'judge' ? settings.model.label : ''
  const by = `manual, ${moment(finishedAt)}`
  return [
    { key: `suite ${id}`, model: settings.model.label, against, kind, what: kindNames[kind], judge, by, runId: null, figures: result },
  ]
}

function isWanted({ runId, ...result }: Result, who: string, search: string): boolean {
  if (who !== 'all' && (who === 'runs') !== (runId !== null)) return false
  const text = [result.model, result.against, result.what, result.judge, result.by].join(' ').toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
