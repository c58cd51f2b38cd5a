import { Button, Tooltip } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import type { DataSet } from '../../../main/shared/contract/datasets-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { bytes, moment } from '../../components/format.ts'
import { Page, Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import table from '../../components/table.module.css'
import styles from './data.module.css'
import { dataSetsActions } from './data-actions.ts'
import { DataTabs } from './data-tabs.tsx'
import { contentText, kindMeanings, kindNames } from './words.ts'

/** All data sets, imported and bundled. */
export function LibraryPage() {
  const sets = useQuery(orpc.data.list.queryOptions({ staleTime: 0 }))
  const [, navigate] = useLocation()
  const actions = useScreenActions(dataSetsActions, { import: { perform: () => navigate('/data/import') } })
  return (
    <Page title="Data" status={<DataTabs />} actions={<Button {...actionProps(actions.import)} variant="filled" />}>
      <QueryView query={sets}>
        {(all) => (
          <>
            <Panel title="Your data" flush>
              <SetTable sets={all.filter(({ origin }) => origin === 'imported')} />
            </Panel>
            <Panel title="Bundled with Laurel" flush>
              <SetTable sets={all.filter(({ origin }) => origin === 'shipped')} />
            </Panel>
          </>
        )}
      </QueryView>
    </Page>
  )
}

function SetTable({ sets }: { readonly sets: readonly DataSet[] }) {
  if (sets.length === 0) {
    return (
      <p className={styles.hint}>
        <span className="dim">
          No data sets yet. Import Alpaca, ShareGPT, TRL, LLaMA-Factory, OpenAssistant, or plain files in JSON, JSON Lines, CSV, Parquet, or
          Arrow to use them as seed data of a run.
        </span>
      </p>
    )
  }
  const isImported = sets[0].origin === 'imported'
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th>Name</th>
          <th>Kind</th>
          <th>Contents</th>
          <th className={table.grow}>Source</th>
          <th className={table.number}>Size</th>
          {isImported && <th>Imported</th>}
          <th>Used by</th>
        </tr>
      </thead>
      <tbody>
        {sets.map((set) => (
          <tr key={set.id}>
            <td>
              <Link href={`/data/sets/${set.id}`} className={table.link}>
                {set.name}
              </Link>
            </td>
            <td>
              <Tooltip label={kindMeanings[set.kind]}>
                <span>{kindNames[set.kind]}</span>
              </Tooltip>
            </td>
            <td>{contentText(set.counts, set.kind)}</td>
            <td className={`${table.grow} dim`} title={set.source}>
              {set.source}
            </td>
            <td className={table.number}>{bytes(set.bytes)}</td>
            {isImported && <td>{moment(set.importedAt)}</td>}
            <td>{usersText(set.usedBy.length)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const usersText = (n: number): string => (n === 0 ? '–' : n === 1 ? '1 run' : `${n} runs`)
