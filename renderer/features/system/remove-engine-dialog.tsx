import { Button, Modal } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ShownEngine } from '../../../main/shared/contract/engines-contract.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import styles from './system.module.css'

/** Confirms removing an engine. */
export function RemoveEngineDialog({ engine: { name }, onClose }: { readonly engine: ShownEngine; readonly onClose: () => void }) {
  const queries = useQueryClient()
  const removing = useMutation(
    orpc.engines.remove.mutationOptions({
      onSuccess: async () => {
        await queries.invalidateQueries({ queryKey: orpc.engines.key() })
        onClose()
      },
    }),
  )
  return (
    <Modal opened onClose={onClose} title={`Remove ${name}?`}>
      <div className={styles.form}>
        <p className={styles.plain}>
          This removes its address and its key from this machine. Runs keep what it has answered; one that isn’t finished needs an engine of
          this name to continue.
        </p>
        {removing.isError && <ErrorCard error={removing.error} />}
        <div className={styles.dialogActions}>
          <Button data-autofocus onClick={onClose}>
            Cancel
          </Button>
          <Button loading={removing.isPending} onClick={() => removing.mutate({ name })}>
            Remove engine
          </Button>
        </div>
      </div>
    </Modal>
  )
}
