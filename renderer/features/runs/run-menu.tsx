import { ActionIcon, Menu, Modal } from '@mantine/core'
import {
  IconArrowsSplit,
  IconCheck,
  IconCopy,
  IconDots,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconRepeat,
  IconTrash,
} from '@tabler/icons-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { isActive, type RunListing } from '../../../main/shared/contract/runs-contract.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { useRunActions } from '../../components/run-actions.ts'
import { RemoveRun } from './remove-run.tsx'
import { RenameRun } from './rename-run.tsx'
import styles from './runs.module.css'

/** A run's menu in the list. */
export function RunMenu({ run }: { readonly run: RunListing }) {
  const [, go] = useLocation()
  const { start, confirmReview, pause, setReviewWait, error, clearError } = useRunActions(run.id)
  const [open, setOpen] = useState<'rename' | 'remove' | null>(null)
  const isRunning = isActive(run.status)
  const startWord = run.status === 'created' ? 'Start' : run.status === 'waiting-for-review' ? 'Train' : 'Resume'
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon aria-label={`Actions for ${run.name}`} size={24}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {isRunning && (
            <Menu.Item
              leftSection={<IconPlayerPause size={14} />}
              disabled={run.status !== 'running'}
              onClick={() => pause.mutate({ id: run.id })}
            >
              {run.status === 'running' ? 'Pause' : run.status === 'pausing' ? 'Pausing' : 'Ending'}
            </Menu.Item>
          )}
          {run.status === 'queued' && (
            <Menu.Item leftSection={<IconPlayerPause size={14} />} onClick={() => pause.mutate({ id: run.id })}>
              Remove from queue
            </Menu.Item>
          )}
          {!isRunning && run.status !== 'queued' && run.status !== 'finished' && (
            <Menu.Item
              leftSection={<IconPlayerPlay size={14} />}
              onClick={() =>
                run.status === 'waiting-for-review'
                  ? confirmReview.mutate({ id: run.id, iteration: run.iteration })
                  : start.mutate({ id: run.id })
              }
            >
              {startWord}
            </Menu.Item>
          )}
          {run.status !== 'finished' && (
            <Menu.Item
              leftSection={run.review_wait ? <IconCheck size={14} /> : <span className={styles.noCheck} />}
              role="menuitemcheckbox"
              aria-checked={run.review_wait}
              closeMenuOnClick={false}
              onClick={() => setReviewWait.mutate({ id: run.id, wait: !run.review_wait })}
            >
              Wait for review before each training
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconPencil size={14} />} onClick={() => setOpen('rename')}>
            Rename
          </Menu.Item>
          <Menu.Item leftSection={<IconCopy size={14} />} onClick={() => go(`/runs/new?from=${run.id}`)}>
            New run like this
          </Menu.Item>
          {run.status === 'finished' && (
            <>
              <Menu.Item leftSection={<IconArrowsSplit size={14} />} onClick={() => go(`/runs/new?from=${run.id}&as=control`)}>
                Control with a random judge
              </Menu.Item>
              <Menu.Item leftSection={<IconRepeat size={14} />} onClick={() => go(`/runs/new?from=${run.id}&as=continuation`)}>
                One more iteration
              </Menu.Item>
            </>
          )}
          <Menu.Divider />
          <Menu.Item leftSection={<IconTrash size={14} />} disabled={isRunning} onClick={() => setOpen('remove')}>
            {isRunning ? 'Delete (pause it first)' : 'Delete'}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <RenameRun run={run} opened={open === 'rename'} onClose={() => setOpen(null)} />
      <RemoveRun run={run} opened={open === 'remove'} onClose={() => setOpen(null)} />
      <Modal opened={error !== null} onClose={clearError} title={`Couldn’t update ${run.name}`} size="lg">
        <ErrorCard error={error} />
      </Modal>
    </>
  )
}
