import { ActionIcon, Tooltip } from '@mantine/core'
import { IconBell, IconBellOff } from '@tabler/icons-react'
import { useState } from 'react'
import { canNotify, setNotices, useNoticeSetting } from './notice-setting.ts'

/** Turns the browser's notifications about runs on and off. */
export function NoticeSwitch() {
  const { isOn } = useNoticeSetting()
  const [isRefused, setRefused] = useState(false)
  if (!canNotify()) return null
  const Icon = isOn ? IconBell : IconBellOff
  const label = isRefused
    ? 'Your browser blocks notifications. Allow them for this page, then try again.'
    : isOn
      ? 'Notifications are on: you hear when a run finishes, fails, or waits for you. Turn them off.'
      : 'Notify me when a run finishes, fails, or waits for me.'
  const toggle = async (): Promise<void> => setRefused((await setNotices(!isOn)) === 'refused')
  return (
    <Tooltip label={label} multiline maw={260}>
      <ActionIcon onClick={() => void toggle()} aria-label={label} aria-pressed={isOn}>
        <Icon size={16} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  )
}
