import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Backup, DatabaseCheck } from '../../../main/shared/contract/storage-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { bytes, moment } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import table from '../../components/table.module.css'
import styles from './system.module.css'
import { databaseActions } from './system-actions.ts'

/** The database's integrity check and backups. */
export function DatabaseCare() {
  const queries = useQueryClient()
  const backups = useQuery(orpc.system.backups.queryOptions({ staleTime: 0 }))
  const lastCheck = useQuery(orpc.system.lastCheck.queryOptions({ staleTime: 0 }))
  const check = useMutation(
    orpc.system.checkDatabase.mutationOptions({ onSuccess: () => queries.invalidateQueries({ queryKey: orpc.system.lastCheck.key() }) }),
  )
  const backUp = useMutation(
    orpc.system.backUp.mutationOptions({ onSuccess: () => queries.invalidateQueries({ queryKey: orpc.system.key() }) }),
  )
  const actions = useScreenActions(databaseActions, {
    check: { enabled: !check.isPending, perform: () => check.mutate({}) },
    backUp: { enabled: !backUp.isPending, perform: () => backUp.mutate({}) },
  })
  const buttons = (
    <div className={styles.inline}>
      <Button {...actionProps(actions.check)} loading={check.isPending} />
      <Button {...actionProps(actions.backUp)} loading={backUp.isPending} />
    </div>
  )
  return (
    <Panel title="Database" corner={buttons} flush>
      {lastCheck.data && <Verdict check={lastCheck.data} />}
      {check.isError && <ErrorCard error={check.error} />}
      {backUp.isError && <ErrorCard error={backUp.error} />}
      <QueryView query={backups}>{(all) => <Backups backups={all} />}</QueryView>
    </Panel>
  )
}

function Verdict({ check: { checkedAt, found } }: { readonly check: DatabaseCheck }) {
  if (found.length === 0) {
    return (
      <p className={styles.hint} role="status">
        No problems found: every page, index, and reference was checked, {moment(checkedAt)}.
      </p>
    )
  }
  return (
    <div className={styles.problem} role="alert">
      <div className={styles.problemText}>
        <p style={{ color: 'var(--error)' }}>
          The database is damaged ({moment(checkedAt)}): {found.join('; ')}
        </p>
        <p className="dim">
          You can still use the undamaged parts. To fix it, quit Laurel, then run <code>laurel database restore</code> to restore the newest
          backup, or <code>laurel database recover</code> to copy all readable rows. Both keep the damaged file.
        </p>
      </div>
    </div>
  )
}

function Backups({ backups }: { readonly backups: readonly Backup[] }) {
  if (backups.length === 0) {
    return <p className={styles.hint}>No backups yet. Laurel creates one every day and before each schema migration.</p>
  }
  return (
    <>
      <p className={styles.hint}>
        To restore a backup, quit Laurel and run <code>laurel database restore PATH</code>. The current database is kept next to it.
      </p>
      <table className={table.table}>
        <thead>
          <tr>
            <th>Backup</th>
            <th className={table.grow}>Path</th>
            <th className={table.number}>Size</th>
          </tr>
        </thead>
        <tbody>
          {backups.map(({ name, path, at, bytes: size }) => (
            <tr key={name}>
              <td>{moment(at)}</td>
              <td className={`${table.grow} code`} title={path}>
                {path}
              </td>
              <td className={table.number}>{bytes(size)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
