import { ActionIcon, Menu, Modal } from '@mantine/core'
import {
  IconAdjustments,
  IconArrowBarToUp,
  IconArrowsDiff,
  IconArrowsSplit,
  IconCheck,
  IconChecklist,
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
  IconTrophy,
} from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { useLocation } from 'wouter'
import { isActive, type RunListing } from '../../../main/shared/contract/runs-contract.ts'
import type { Action } from '../../actions/action.ts'
import { Key } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { client, orpc } from '../../api/client.ts'
import { ErrorCard } from '../error-card.tsx'
import { RenameDialog } from '../rename-dialog.tsx'
import { useRunActions } from '../run-actions.ts'
import { runMenuActions } from '../run-page-actions.ts'
import { DescribeRun } from './describe-run.tsx'
import { RemoveRun } from './remove-run.tsx'
import styles from './run-menu.module.css'
import { StartAfter } from './start-after.tsx'

/** The fields that the menu needs, of a run in the list or on its page. */
export type MenuRun = Pick<RunListing, 'id' | 'name' | 'status' | 'iteration' | 'review_wait' | 'started' | 'tags' | 'note'>

type MenuDialog = 'rename' | 'remove' | 'describe' | 'after'

interface RunMenuProps {
  readonly run: MenuRun
  /** This is the run's own page, which has buttons for starting and pausing, and the menu's shortcuts. */
  readonly inView?: boolean
  readonly onRemoved?: () => void
}

/** A run's menu, in the list and on its page. */
export function RunMenu({ run, inView = false, onRemoved }: RunMenuProps) {
  const [, go] = useLocation()
  const { start, queueFirst, confirmReview, pause, setReviewWait, error, clearError } = useRunActions(run.id)
  const [open, setOpen] = useState<MenuDialog | null>(null)
  const close = (): void => setOpen(null)
  const { id, status } = run
  const isRunning = isActive(status)
  const isQueued = status === 'queued'
  const isOver = status === 'finished'
  const actions = useScreenActions(
    runMenuActions,
    {
      ...menuBindings(run, go, setOpen),
      startSoon: isQueued ? { perform: () => start.mutate({ id }) } : null,
      toFront: isQueued ? { perform: () => queueFirst.mutate({ id }) } : null,
      wait: isOver ? null : { perform: () => setReviewWait.mutate({ id, wait: !run.review_wait }) },
    },
    inView,
  )
  const item = (action: Action, icon: ReactNode) =>
    action.enabled || action === actions.remove ? (
      <Menu.Item
        leftSection={icon}
        rightSection={inView && action.keys[0] !== undefined && <Key name={action.keys[0]} />}
        disabled={!action.enabled}
        onClick={() => action.perform()}
      >
        {action.title}
      </Menu.Item>
    ) : null
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
            <Menu.Item leftSection={<IconPlayerPause size={14} />} disabled={status !== 'running'} onClick={() => pause.mutate({ id })}>
              {status === 'running' ? 'Pause' : status === 'pausing' ? 'Pausing' : 'Ending'}
            </Menu.Item>
          )}
          {item(actions.startSoon, <IconPlayerPlay size={14} />)}
          {item(actions.toFront, <IconArrowBarToUp size={14} />)}
          {isQueued && (
            <Menu.Item leftSection={<IconPlayerPause size={14} />} onClick={() => pause.mutate({ id })}>
              Remove from queue
            </Menu.Item>
          )}
          {!isRunning && !isQueued && !isOver && (
            <Menu.Item
              leftSection={<IconPlayerPlay size={14} />}
              onClick={() =>
                status === 'waiting-for-review' ? confirmReview.mutate({ id, iteration: run.iteration }) : start.mutate({ id })
              }
            >
              {startWord(status)}
            </Menu.Item>
          )}
          {item(actions.startAfter, <IconClock size={14} />)}
          {item(actions.settings, <IconAdjustments size={14} />)}
          {actions.wait.enabled && (
            <Menu.Item
              leftSection={run.review_wait ? <IconCheck size={14} /> : <span className={styles.noCheck} />}
              rightSection={inView && <Key name={actions.wait.keys[0]} />}
              role="menuitemcheckbox"
              aria-checked={run.review_wait}
              closeMenuOnClick={false}
              onClick={() => actions.wait.perform()}
            >
              {actions.wait.title}
            </Menu.Item>
          )}
          {item(actions.rename, <IconPencil size={14} />)}
          {item(actions.describe, <IconTag size={14} />)}
          <Menu.Divider />
          {item(actions.review, <IconChecklist size={14} />)}
          {item(actions.compare, <IconArrowsDiff size={14} />)}
          {item(actions.evaluate, <IconTrophy size={14} />)}
          {item(actions.export, <IconFileExport size={14} />)}
          {item(actions.clone, <IconCopy size={14} />)}
          {item(actions.control, <IconArrowsSplit size={14} />)}
          {item(actions.continuation, <IconRepeat size={14} />)}
          <Menu.Divider />
          {item(actions.remove, <IconTrash size={14} />)}
        </Menu.Dropdown>
      </Menu>
      <RenameDialog
        title="Rename run"
        name={run.name}
        rename={(name) => client.runs.rename({ id, name })}
        queryKey={orpc.runs.key()}
        opened={open === 'rename'}
        onClose={close}
      />
      <DescribeRun run={run} opened={open === 'describe'} onClose={close} />
      <StartAfter run={run} opened={open === 'after'} onClose={close} />
      <RemoveRun run={run} opened={open === 'remove'} onClose={close} onRemoved={onRemoved} />
      <Modal opened={error !== null} onClose={clearError} title={`Couldn’t update ${run.name}`} size="lg">
        <ErrorCard error={error} />
      </Modal>
    </>
  )
}

const startWord = (status: MenuRun['status']): string =>
  status === 'created' ? 'Start' : status === 'waiting-for-review' ? 'Train' : 'Resume'

/** What leads to another page or opens a dialog. */
function menuBindings({ id, status, started }: MenuRun, go: (path: string) => void, open: (dialog: MenuDialog) => void) {
  const goTo = (path: string) => ({ perform: () => go(path) })
  const opening = (dialog: MenuDialog) => ({ perform: () => open(dialog) })
  const isRunning = isActive(status)
  const isOver = status === 'finished'
  const isEditable = !isRunning && !isOver
  return {
    startAfter: isEditable ? { ...opening('after'), title: startWord(status) === 'Start' ? 'Start after…' : 'Resume after…' } : null,
    settings: isEditable ? { ...goTo(`/runs/new?edit=${id}`), title: started ? 'Change settings' : 'Edit' } : null,
    rename: opening('rename'),
    describe: opening('describe'),
    review: goTo(`/review/${id}`),
    compare: goTo(`/compare?runs=${id}`),
    evaluate: started || isOver ? goTo(`/evaluate/evaluations?run=${id}`) : null,
    export: goTo(`/data/export?run=${id}`),
    clone: goTo(`/runs/new?from=${id}`),
    control: isOver ? goTo(`/runs/new?from=${id}&as=control`) : null,
    continuation: isOver ? goTo(`/runs/new?from=${id}&as=continuation`) : null,
    remove: { ...opening('remove'), title: isRunning ? 'Delete (pause it first)' : 'Delete', enabled: !isRunning },
  }
}
