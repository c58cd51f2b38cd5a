import { Button, Group, Modal, Stack, TagsInput } from '@mantine/core'
import { IconArrowsDiff, IconPlayerPlay, IconTag, IconTrash, IconX } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { isActive, type RunListing } from '../../../main/shared/contract/runs-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { client, orpc } from '../../api/client.ts'
import { mostCompared } from '../../components/compared-runs.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { offerUndoRemoval } from '../../components/run-menu/undo-removal.ts'
import { selectedRunsActions } from './runs-actions.ts'
import styles from './selection-bar.module.css'

interface SelectionBarProps {
  readonly runs: readonly RunListing[]
  readonly onClear: () => void
}

/** What can be done with several runs together. */
export function SelectionBar({ runs, onClear }: SelectionBarProps) {
  const [, go] = useLocation()
  const queries = useQueryClient()
  const [open, setOpen] = useState<'tag' | 'remove' | null>(null)
  const startable = runs.filter(({ status }) => ['created', 'paused', 'failed', 'interrupted'].includes(status)).toReversed()
  const start = useEach(startable, ({ id }) => client.runs.start({ id }))
  const actions = useScreenActions(selectedRunsActions, {
    compare: {
      enabled: runs.length >= 2 && runs.length <= mostCompared,
      perform: () => go(`/compare?runs=${runs.map(({ id }) => id).join(',')}`),
    },
    start: {
      title: startable.length === 0 ? 'Start' : `Start ${startable.length}`,
      enabled: startable.length > 0,
      perform: () => start.mutate(),
    },
    tag: { perform: () => setOpen('tag') },
    remove: { enabled: !runs.some(({ status }) => isActive(status)), perform: () => setOpen('remove') },
    clear: { perform: onClear },
  })
  return (
    <section className={styles.bar} aria-label="Selected runs">
      <strong>{runs.length === 1 ? '1 run selected' : `${runs.length} runs selected`}</strong>
      <Button
        {...actionProps(actions.compare)}
        leftSection={<IconArrowsDiff size={14} aria-hidden />}
        title={runs.length > mostCompared ? `At most ${mostCompared} runs can be compared.` : undefined}
      />
      <Button
        {...actionProps(actions.start)}
        leftSection={<IconPlayerPlay size={14} aria-hidden />}
        loading={start.isPending}
        title={actions.start.hint}
      />
      <Button {...actionProps(actions.tag)} leftSection={<IconTag size={14} aria-hidden />} />
      <Button {...actionProps(actions.remove)} leftSection={<IconTrash size={14} aria-hidden />} />
      <Button {...actionProps(actions.clear)} variant="subtle" color="gray" leftSection={<IconX size={14} aria-hidden />} />
      <Modal opened={open === 'tag'} onClose={() => setOpen(null)} title="Add tags">
        <AddTags runs={runs} onClose={() => setOpen(null)} />
      </Modal>
      <Modal
        opened={open === 'remove'}
        onClose={() => setOpen(null)}
        title={`Delete ${runs.length === 1 ? 'this run' : `${runs.length} runs`}?`}
      >
        <RemoveRuns
          runs={runs}
          onClose={() => setOpen(null)}
          onDone={() => {
            setOpen(null)
            offerUndoRemoval(runs, queries)
            onClear()
          }}
        />
      </Modal>
      <Modal opened={start.isError} onClose={start.reset} title="Couldn’t start every run" size="lg">
        <ErrorCard error={start.error} />
      </Modal>
    </section>
  )
}

/** A request for each run in turn; stops at the first failure. */
function useEach(runs: readonly RunListing[], request: (run: RunListing) => Promise<unknown>, onDone?: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async () => {
      for (const run of runs) await request(run)
    },
    onSuccess: onDone,
    onSettled: () => queries.invalidateQueries({ queryKey: orpc.runs.key() }),
  })
}

function AddTags({ runs, onClose }: { readonly runs: readonly RunListing[]; readonly onClose: () => void }) {
  const [tags, setTags] = useState<string[]>([])
  const add = useEach(
    runs,
    ({ id, tags: before, note }) => client.runs.describe({ id, tags: [...new Set([...before, ...tags])], note }),
    onClose,
  )
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        add.mutate()
      }}
    >
      <Stack gap={12}>
        <TagsInput label="Tags" size="xs" data-autofocus maxLength={40} maxTags={20} acceptValueOnBlur value={tags} onChange={setTags} />
        {add.isError && <ErrorCard error={add.error} />}
        <Group gap={8} justify="flex-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="filled" loading={add.isPending} disabled={tags.length === 0}>
            Add
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

interface RemoveRunsProps {
  readonly runs: readonly RunListing[]
  readonly onClose: () => void
  readonly onDone: () => void
}

function RemoveRuns({ runs, onClose, onDone }: RemoveRunsProps) {
  const remove = useEach(runs, ({ id }) => client.runs.remove({ id }), onDone) // newest first: it may start from a model of an older one
  return (
    <Stack gap={12}>
      <ul className={styles.names}>
        {runs.map(({ id, name }) => (
          <li key={id}>
            {name} <span className="code dim">{id}</span>
          </li>
        ))}
      </ul>
      <p className={styles.what}>
        This deletes their prompts, candidates, judgements, pairs, reviews, and models from this machine. You can undo this for ten seconds.
      </p>
      {remove.isError && <ErrorCard error={remove.error} />}
      <Group gap={8} justify="flex-end">
        <Button data-autofocus onClick={onClose}>
          Cancel
        </Button>
        <Button loading={remove.isPending} onClick={() => remove.mutate()}>
          Delete {runs.length === 1 ? 'run' : `${runs.length} runs`}
        </Button>
      </Group>
    </Stack>
  )
}
