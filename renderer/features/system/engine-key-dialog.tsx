import { Button, Modal, PasswordInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ShownEngine } from '../../../main/shared/contract/engines-contract.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import styles from './system.module.css'

/** Asks for an engine's key. What is stored is never shown. */
export function EngineKeyDialog({
  engine: { name, key: source },
  onClose,
}: {
  readonly engine: ShownEngine
  readonly onClose: () => void
}) {
  const [key, setKey] = useState('')
  const queries = useQueryClient()
  const setting = useMutation(
    orpc.engines.setKey.mutationOptions({
      onSuccess: async () => {
        await queries.invalidateQueries({ queryKey: orpc.engines.key() })
        onClose()
      },
    }),
  )
  return (
    <Modal opened onClose={onClose} title={`Key of ${name}`}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          setting.mutate({ name, key: key.trim() })
        }}
      >
        <PasswordInput
          label="Key"
          description={
            source === 'environment'
              ? 'An environment variable has a key for this engine, and takes precedence over the one you enter.'
              : 'It is stored on this machine, replaces an earlier one, and is never shown again.'
          }
          autoComplete="off"
          data-autofocus
          value={key}
          onChange={({ currentTarget }) => setKey(currentTarget.value)}
        />
        {setting.isError && <ErrorCard error={setting.error} />}
        <div className={styles.dialogActions}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="filled" disabled={key.trim() === ''} loading={setting.isPending}>
            Store key
          </Button>
        </div>
      </form>
    </Modal>
  )
}
