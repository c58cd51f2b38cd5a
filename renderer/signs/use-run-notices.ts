import { useCallback, useRef } from 'react'
import { useLocation } from 'wouter'
import type { FollowedEvent } from '../../main/shared/contract/events-contract.ts'
import { noticeOf } from '../../main/shared/run-notices.ts'
import { client } from '../api/client.ts'
import { useNoticeSetting } from './notice-setting.ts'

/** Returns a stable listener that shows the browser's notification when a run has finished, failed, or waits, unless the window is in front. */
export function useRunNotices(): (followed: FollowedEvent) => void {
  const [, go] = useLocation()
  const open = useRef(go)
  open.current = go
  return useCallback((followed: FollowedEvent) => void show(followed, (path) => open.current(path)).catch(() => {}), []) // the window shows it anyway
}

async function show(followed: FollowedEvent, open: (path: string) => void): Promise<void> {
  if (!useNoticeSetting.getState().isOn || document.hasFocus() || noticeOf(followed, () => '') === undefined) return
  const { name } = await client.runs.show({ id: followed.runId })
  const { title, body, path } = noticeOf(followed, () => name)!
  const notification = new Notification(title, { body, icon: '/icon.svg', tag: `${followed.runId} ${followed.id}` }) // a tag is shown once, whatever the number of windows
  notification.onclick = () => {
    window.focus()
    open(path)
    notification.close()
  }
}
