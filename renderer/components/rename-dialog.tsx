import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorCard } from './error-card.tsx'

interface RenameDialogProps {
  readonly title: string
  readonly name: string
  /** What an empty name means; undefined: a name is required. */
  readonly whenEmpty?: string
  readonly rename: (name: string) => Promise<unknown>
  /** What shows the name. */
  readonly queryKey: QueryKey
  readonly opened: boolean
  readonly onClose: () => void
}

/** A new name for something. */
export function RenameDialog({ title, opened, onClose, ...form }: RenameDialogProps) {
  return (
    <Modal {...{ title, opened, onClose }}>
      <RenameForm key={String(opened)} onClose={onClose} {...form} />
    </Modal>
  )
}

function RenameForm({ name: before, whenEmpty, rename, queryKey, onClose }: Omit<RenameDialogProps, 'title' | 'opened'>) {
  const queries = useQueryClient()
  const renaming = useMutation({
    mutationFn: rename,
    onSuccess: async () => {
      onClose()
      await queries.invalidateQueries({ queryKey })
    },
  })
  const [name, setName] = useState(before)
  const isMissing = whenEmpty === undefined && name.trim() === ''
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!isMissing) renaming.mutate(name)
      }}
    >
      <Stack gap={12}>
        <TextInput
          label="Name"
          description={whenEmpty}
          value={name}
          maxLength={120}
          data-autofocus
          error={isMissing ? 'Enter a name.' : null}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {renaming.isError && <ErrorCard error={renaming.error} />}
        <Group gap={8} justify="flex-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="filled" loading={renaming.isPending}>
            Rename
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
