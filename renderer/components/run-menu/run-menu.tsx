import { ActionIcon, Menu, Modal } from '@mantine/core'
import {
  IconAdjustments,
  IconArrowBarToUp,
  IconArrowsDiff,
  IconArrowsSplit,
  IconCheck,
  IconClock,
  IconCopy,
  IconDots,
  IconFileExport,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconRepeat,
  IconTag,
  IconTrash,
} from '@tabler/icons-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { isActive, type RunListing } from '../../../main/shared/contract/runs-contract.ts'
import { ErrorCard } from '../error-card.tsx'
import { useRunActions } from '../run-actions.ts'
import { DescribeRun } from './describe-run.tsx'
import { RemoveRun } from './remove-run.tsx'
import { RenameRun } from './rename-run.tsx'
import styles from './run-menu.module.css'
import { StartAfter } from './start-after.tsx'

/** The fields that the menu needs, of a run in the list or on its page. */
export type MenuRun = Pick<RunListing, 'id' | 'name' | 'status' | 'iteration' | 'review_wait' | 'started' | 'tags' | 'note'>

interface RunMenuProps {
  readonly run: MenuRun
  readonly onRemoved?: () => void
}

/** A run's menu, in the list and on its page. */
export function RunMenu({ run, onRemoved }: RunMenuProps) {
  const [, go] = useLocation()
  const { start, queueFirst, confirmReview, pause, setReviewWait, error, clearError } = useRunActions(run.id)
  const [open, setOpen] = useState<'rename' | 'remove' | 'describe' | 'after' | null>(null)
  const close = (): void => setOpen(null)
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
            <>
              <Menu.Item leftSection={<IconPlayerPlay size={14} />} onClick={() => start.mutate({ id: run.id })}>
                Start as soon as possible
              </Menu.Item>
              <Menu.Item leftSection={<IconArrowBarToUp size={14} />} onClick={() => queueFirst.mutate({ id: run.id })}>
                Move to the front of the queue
              </Menu.Item>
              <Menu.Item leftSection={<IconPlayerPause size={14} />} onClick={() => pause.mutate({ id: run.id })}>
                Remove from queue
              </Menu.Item>
            </>
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
          {!isRunning && run.status !== 'finished' && (
            <>
              <Menu.Item leftSection={<IconClock size={14} />} onClick={() => setOpen('after')}>
                {startWord === 'Start' ? 'Start after…' : 'Resume after…'}
              </Menu.Item>
              <Menu.Item leftSection={<IconAdjustments size={14} />} onClick={() => go(`/runs/new?edit=${run.id}`)}>
                {run.started ? 'Change settings' : 'Edit'}
              </Menu.Item>
            </>
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
          <Menu.Item leftSection={<IconTag size={14} />} onClick={() => setOpen('describe')}>
            Tags and note
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconArrowsDiff size={14} />} onClick={() => go(`/compare?runs=${run.id}`)}>
            Compare
          </Menu.Item>
          <Menu.Item leftSection={<IconFileExport size={14} />} onClick={() => go(`/data/export?run=${run.id}`)}>
            Export data
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
      <RenameRun run={run} opened={open === 'rename'} onClose={close} />
      <DescribeRun run={run} opened={open === 'describe'} onClose={close} />
      <StartAfter run={run} opened={open === 'after'} onClose={close} />
      <RemoveRun run={run} opened={open === 'remove'} onClose={close} onRemoved={onRemoved} />
      <Modal opened={error !== null} onClose={clearError} title={`Couldn’t update ${run.name}`} size="lg">
        <ErrorCard error={error} />
      </Modal>
    </>
  )
}
