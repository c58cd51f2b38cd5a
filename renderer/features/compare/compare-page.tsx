import { MultiSelect } from '@mantine/core'
import { useQueries, useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { useLocation, useSearchParams } from 'wouter'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { mostCompared } from '../../components/compared-runs.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorCard } from '../../components/error-card.tsx'
import { Loading } from '../../components/loading.tsx'
import { Page, Panel } from '../../components/page.tsx'
import { compareActions } from './compare-actions.ts'
import styles from './compare-page.module.css'
import { CurvesOverlay } from './curves-overlay.tsx'
import { FiguresTable } from './figures-table.tsx'
import { ProgressOverlay } from './progress-overlay.tsx'
import { RecipeTable } from './recipe-table.tsx'
import { type RunLook, runLooks } from './run-looks.ts'

/** Compares two to eight runs: figures, curves, and recipe differences. */
export function ComparePage() {
  const [search] = useSearchParams()
  const [, navigate] = useLocation()
  const list = useQuery(orpc.runs.list.queryOptions())
  const asked = idsIn(search.get('runs'))
  const gone = list.data === undefined ? [] : asked.filter((id) => !list.data.some((run) => run.id === id))
  const ids = asked.filter((id) => !gone.includes(id)).slice(0, mostCompared)
  const shown = useQueries({ queries: list.data === undefined ? [] : ids.map((id) => orpc.runs.show.queryOptions({ input: { id } })) })
  const failed = shown.find(({ isError }) => isError)
  const runs = shown.flatMap(({ data }) => (data === undefined ? [] : [data]))
  const looks = runLooks(runs)
  const choose = (chosen: readonly string[]): void => navigate(chosen.length === 0 ? '/compare' : `/compare?runs=${chosen.join(',')}`)
  const choice = useRef<HTMLInputElement>(null)
  useScreenActions(compareActions, {
    choose: { perform: () => choice.current?.focus() },
    clear: { enabled: asked.length > 0, perform: () => choose([]) },
  })
  return (
    <Page
      title="Compare"
      actions={
        <MultiSelect
          ref={choice}
          aria-label="Runs to compare"
          placeholder={ids.length < mostCompared ? 'Choose runs' : undefined}
          w={520}
          size="xs"
          searchable
          maxValues={mostCompared}
          value={ids}
          data={(list.data ?? []).map(({ id, name }) => ({ value: id, label: `${name} (${id})` }))}
          onChange={choose}
        />
      }
    >
      {gone.length > 0 && (
        <p className={styles.gone} role="status">
          {gone.length === 1 ? `Run ${gone[0]} no longer exists.` : `${gone.length} of these runs no longer exist.`} Showing the others.
        </p>
      )}
      {failed && <ErrorCard error={failed.error} onRetry={() => void failed.refetch()} />}
      {ids.length < 2 ? (
        <EmptyState title="Choose two to eight runs">
          {(list.data?.length ?? 0) < 2
            ? 'You need at least two runs. Create another one, for example with a different judge or seed.'
            : 'Their figures, curves, and recipe differences appear here side by side.'}
        </EmptyState>
      ) : runs.length < ids.length ? (
        !failed && <Loading />
      ) : (
        <Comparison looks={looks} />
      )}
    </Page>
  )
}

const idsIn = (text: string | null): string[] => (text ?? '').split(',').filter((id) => id !== '')

function Comparison({ looks }: { readonly looks: readonly RunLook[] }) {
  return (
    <>
      <ul className={styles.legend} aria-label="Runs compared">
        {looks.map(({ run, color, dash, label, letter }) => (
          <li key={run.id}>
            <svg width={24} height={8} aria-hidden="true">
              <line x1={0} x2={24} y1={4} y2={4} stroke={color} strokeWidth={2} strokeDasharray={dash} />
            </svg>
            <b style={{ color }}>{letter}</b> {label}
          </li>
        ))}
      </ul>
      <Panel title="Figures" flush>
        <FiguresTable looks={looks} />
      </Panel>
      <ProgressOverlay looks={looks} />
      <CurvesOverlay looks={looks} />
      <RecipeTable looks={looks} />
    </>
  )
}
