import { Button, Group, Modal, Stack, TagsInput, Textarea } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../error-card.tsx'

interface DescribeRunProps {
  readonly run: { readonly id: string; readonly tags: readonly string[]; readonly note: string }
  readonly opened: boolean
  readonly onClose: () => void
}

/** A run's tags and note, for the user who looks for it in a month. */
export function DescribeRun({ run, opened, onClose }: DescribeRunProps) {
  return (
    <Modal {...{ opened, onClose }} title="Tags and note">
      <Form key={String(opened)} run={run} onClose={onClose} />
    </Modal>
  )
}

function Form({ run, onClose }: Omit<DescribeRunProps, 'opened'>) {
  const queries = useQueryClient()
  const runs = useQuery(orpc.runs.list.queryOptions())
  const [tags, setTags] = useState<string[]>([...run.tags])
  const [note, setNote] = useState(run.note)
  const known = [...new Set((runs.data ?? []).flatMap((other) => other.tags))].sort((a, b) => a.localeCompare(b, 'en'))
  const describe = useMutation(
    orpc.runs.describe.mutationOptions({
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
        describe.mutate({ id: run.id, tags, note })
      }}
    >
      <Stack gap={12}>
        <TagsInput
          label="Tags"
          size="xs"
          placeholder={tags.length === 0 ? 'Type a tag and press Enter' : undefined}
          data={known}
          value={tags}
          maxTags={20}
          maxLength={40}
          acceptValueOnBlur
          onChange={setTags}
        />
        <Textarea
          label="Note"
          autosize
          minRows={4}
          maxRows={12}
          maxLength={10_000}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {describe.isError && <ErrorCard error={describe.error} />}
        <Group gap={8} justify="flex-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="filled" loading={describe.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
