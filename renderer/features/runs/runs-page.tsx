import { Button, TextInput } from '@mantine/core'
import { IconPlus, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { isActive, type RunListing } from '../../../main/shared/contract/runs-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { count, dot } from '../../components/format.ts'
import { Page, Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { FirstStart } from './first-start.tsx'
import { RunTable } from './run-table.tsx'
import styles from './runs.module.css'
import { runsActions } from './runs-actions.ts'
import { SeedGroups } from './seed-groups.tsx'
import { SelectionBar } from './selection-bar.tsx'
import { Tour } from './tour.tsx'
import { useDemoStart } from './use-demo-start.ts'

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
  const demo = useDemoStart()
  const actions = useScreenActions(runsActions, {
    newRun: { perform: () => go('/runs/new') },
    filter: { enabled: some, perform: () => search.current?.focus() },
    tour: { perform: () => setTouring(true) },
    demo: { perform: () => demo.mutate() },
  })
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
          <Button {...actionProps(actions.tour)} />
          <Button {...actionProps(actions.newRun)} variant="filled" leftSection={<IconPlus size={14} aria-hidden />} />
        </>
      }
    >
      <QueryView query={runs}>
        {(list) =>
          list.length === 0 ? (
            <FirstStart demo={demo} onTour={() => setTouring(true)} />
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
  return parts.join(dot)
}
