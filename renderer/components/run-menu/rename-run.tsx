import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../error-card.tsx'

interface RunDialogProps {
  readonly run: { readonly id: string; readonly name: string }
  readonly opened: boolean
  readonly onClose: () => void
}

export function RenameRun({ run, opened, onClose }: RunDialogProps) {
  return (
    <Modal {...{ opened, onClose }} title="Rename run">
      <RenameForm key={String(opened)} run={run} onClose={onClose} />
    </Modal>
  )
}

function RenameForm({ run, onClose }: Omit<RunDialogProps, 'opened'>) {
  const queries = useQueryClient()
  const [name, setName] = useState(run.name)
  const rename = useMutation(
    orpc.runs.rename.mutationOptions({
      onSuccess: async () => {
        onClose()
        await queries.invalidateQueries({ queryKey: orpc.runs.key() })
      },
    }),
  )
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() !== '') rename.mutate({ id: run.id, name })
      }}
    >
      <Stack gap={12}>
        <TextInput
          label="Name"
          value={name}
          maxLength={120}
          data-autofocus
          error={name.trim() === '' ? 'Enter a name.' : null}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {rename.isError && <ErrorCard error={rename.error} />}
        <Group gap={8} justify="flex-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="filled" loading={rename.isPending}>
            Rename
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
