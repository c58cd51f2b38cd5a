import { Button, Checkbox, Modal } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { CleanUpItem } from '../../../main/shared/contract/storage-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { bytes } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import table from '../../components/table.module.css'
import styles from './system.module.css'
import { cleanUpActions } from './system-actions.ts'

const total = (items: readonly CleanUpItem[]): number => items.reduce((sum, item) => sum + item.bytes, 0)

/** Files that can be deleted, with their sizes and what is lost. Nothing is preselected. */
export function CleanUp() {
  const items = useQuery(orpc.system.cleanUpItems.queryOptions({ staleTime: 0 }))
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [isAsking, setAsking] = useState(false)
  const queries = useQueryClient()
  const remove = useMutation(
    orpc.system.cleanUp.mutationOptions({
      onSuccess: async () => {
        setAsking(false)
        setChosen(new Set())
        await queries.invalidateQueries({ queryKey: orpc.system.key() })
        await queries.invalidateQueries({ queryKey: orpc.models.key() })
      },
    }),
  )
  const choose = (id: string, isChosen: boolean): void => {
    const next = new Set(chosen)
    if (isChosen) next.add(id)
    else next.delete(id)
    setChosen(next)
  }
  const actions = useScreenActions(cleanUpActions, { remove: { enabled: chosen.size > 0, perform: () => setAsking(true) } })
  return (
    <Panel title="Free up space" flush>
      <QueryView query={items}>
        {(all) => {
          const picked = all.filter(({ id }) => chosen.has(id))
          return (
            <>
              {remove.data && <Outcome {...remove.data} />}
              {all.length === 0 ? (
                <p className={styles.hint}>
                  Nothing to delete. Models and checkpoints of finished runs, backups, and older logs appear here.
                </p>
              ) : (
                <>
                  <ItemTable items={all} chosen={chosen} choose={choose} />
                  <div className={styles.foot}>
                    <span className="dim">
                      {picked.length === 0 ? 'Nothing selected.' : `${picked.length} selected, frees ${bytes(total(picked))}.`}
                    </span>
                    <Button {...actionProps(actions.remove)} className={styles.push} />
                  </div>
                </>
              )}
              {isAsking && (
                <Confirm
                  items={picked}
                  isBusy={remove.isPending}
                  error={remove.error}
                  onCancel={() => setAsking(false)}
                  onConfirm={() => remove.mutate({ ids: picked.map(({ id }) => id) })}
                />
              )}
            </>
          )
        }}
      </QueryView>
    </Panel>
  )
}

interface ItemTableProps {
  readonly items: readonly CleanUpItem[]
  readonly chosen: ReadonlySet<string>
  readonly choose: (id: string, isChosen: boolean) => void
}

function ItemTable({ items, chosen, choose }: ItemTableProps) {
  return (
    <table className={table.table}>
      <tbody>
        {items.map(({ id, what, bytes: size, warning }) => (
          <tr key={id}>
            <td>
              <Checkbox label={what} checked={chosen.has(id)} onChange={(event) => choose(id, event.currentTarget.checked)} />
            </td>
            <td className={`${table.grow} dim`} title={warning ?? undefined}>
              {warning}
            </td>
            <td className={table.number}>{bytes(size)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Outcome({ freedBytes, kept }: { readonly freedBytes: number; readonly kept: readonly string[] }) {
  return (
    <p className={styles.hint} role="status">
      Freed {bytes(freedBytes)}.{kept.length > 0 && ` Not deleted because they are now in use or already gone: ${kept.join(', ')}.`}
    </p>
  )
}

interface ConfirmProps {
  readonly items: readonly CleanUpItem[]
  readonly isBusy: boolean
  readonly error: unknown
  readonly onCancel: () => void
  readonly onConfirm: () => void
}

function Confirm({ items, isBusy, error, onCancel, onConfirm }: ConfirmProps) {
  return (
    <Modal opened onClose={onCancel} title={`Delete ${bytes(total(items))}?`} size={640}>
      <div className={styles.form}>
        <ul style={{ margin: 0, paddingLeft: 20 }}>
          {items.map(({ id, what, paths, warning }) => (
            <li key={id}>
              {what}
              <div className="code dim">{paths.join(', ')}</div>
              {warning && <div style={{ color: 'var(--warning)' }}>{warning}</div>}
            </li>
          ))}
        </ul>
        {error !== null && <ErrorCard error={error} />}
        <div className={styles.inline} style={{ justifyContent: 'flex-end' }}>
          <Button onClick={onCancel} data-autofocus>
            Cancel
          </Button>
          <Button loading={isBusy} onClick={onConfirm}>
            Delete
          </Button>
        </div>
      </div>
    </Modal>
  )
}
