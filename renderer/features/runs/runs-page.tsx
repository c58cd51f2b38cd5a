import { Button, TextInput } from '@mantine/core'
import { IconPlus, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { isActive, type RunListing } from '../../../main/shared/contract/runs-contract.ts'
import { useActions } from '../../actions/active-actions.ts'
import { orpc } from '../../api/client.ts'
import { count } from '../../components/format.ts'
import { Page, Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { FirstStart } from './first-start.tsx'
import { RunTable } from './run-table.tsx'
import styles from './runs.module.css'
import { filterList, newRun } from './runs-actions.ts'
import { SeedGroups } from './seed-groups.tsx'
import { SelectionBar } from './selection-bar.tsx'
import { Tour } from './tour.tsx'

/** Refetch interval while a run is running, milliseconds: killing a run in another process leaves no event. */
const lookAgainMs = 5000

export function RunsPage() {
  const runs = useQuery(
    orpc.runs.list.queryOptions({
      refetchInterval: ({ state }) => (state.data?.some(({ status }) => isActive(status)) ? lookAgainMs : false),
    }),
  )
  const [filter, setFilter] = useState('')
  const [isTouring, setTouring] = useState(false)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const chosen = (runs.data ?? []).filter(({ id }) => selected.has(id))
  const search = useRef<HTMLInputElement>(null)
  const [, go] = useLocation()
  const some = runs.data !== undefined && runs.data.length > 0
  useActions(
    'runs',
    'Runs',
    useMemo(
      () => [
        { ...newRun, enabled: true, perform: () => go('/runs/new') },
        { ...filterList, enabled: some, perform: () => search.current?.focus() },
      ],
      [go, some],
    ),
  )
  return (
    <Page
      title="Runs"
      status={some && summary(runs.data)}
      actions={
        <>
          {some && (
            <TextInput
              ref={search}
              className={styles.filter}
              aria-label="Filter runs"
              placeholder="Filter"
              leftSection={<IconSearch size={14} aria-hidden />}
              rightSection={filter === '' ? <span className={styles.key}>/</span> : null}
              value={filter}
              onChange={(event) => setFilter(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Escape') setFilter('')
              }}
            />
          )}
          <Button onClick={() => setTouring(true)}>How it works</Button>
          <Button
            variant="filled"
            leftSection={<IconPlus size={14} aria-hidden />}
            rightSection={<span className={styles.key}>n</span>}
            onClick={() => go('/runs/new')}
          >
            New run
          </Button>
        </>
      }
    >
      <QueryView query={runs}>
        {(list) =>
          list.length === 0 ? (
            <FirstStart onTour={() => setTouring(true)} />
          ) : (
            <>
              {chosen.length > 0 && <SelectionBar runs={chosen} onClear={() => setSelected(new Set())} />}
              <Panel flush>
                <RunTable
                  {...{ filter, selected }}
                  runs={list}
                  onSelect={(ids, isSelected) =>
                    setSelected((before) => new Set(isSelected ? [...before, ...ids] : [...before].filter((id) => !ids.includes(id))))
                  }
                />
              </Panel>
              <SeedGroups runs={list} />
            </>
          )
        }
      </QueryView>
      <Tour opened={isTouring} onClose={() => setTouring(false)} />
    </Page>
  )
}

function summary(runs: readonly RunListing[]): string {
  const running = runs.filter(({ status }) => isActive(status)).length
  const waiting = runs.filter(({ status }) => status === 'waiting-for-review').length
  const parts = [`${count(runs.length)} ${runs.length === 1 ? 'run' : 'runs'}`]
  if (running > 0) parts.push(`${running} running`)
  if (waiting > 0) parts.push(`${waiting} waiting for review`)
  return parts.join(' · ')
}
