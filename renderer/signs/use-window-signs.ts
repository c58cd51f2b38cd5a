import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useLocation } from 'wouter'
import { orpc } from '../api/client.ts'
import { useShareOf } from '../api/run-progress.ts'
import { windowIcon } from './window-icon.ts'
import { runSign, windowTitle } from './window-title.ts'

/**
 * Shows the run at work in the window's title and icon, where it is seen among other tabs and windows. Used once per window. Returns how many
 * runs wait for their user's review.
 */
export function useWindowSigns(): { readonly waiting: number } {
  const runs = useQuery(orpc.runs.list.queryOptions())
  const [path] = useLocation()
  const sign = runSign(runs.data ?? [], useShareOf())
  const title = windowTitle(path, sign, runs.data)
  const icon = windowIcon(sign?.share ?? null)
  useEffect(() => {
    document.title = title
  }, [title])
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
    if (link !== null) link.href = icon
  }, [icon])
  return { waiting: runs.data?.filter(({ status }) => status === 'waiting-for-review').length ?? 0 }
}
