import { ActionIcon, Tooltip, useMantineColorScheme } from '@mantine/core'
import { IconMoon, IconSun, IconSunMoon } from '@tabler/icons-react'

const order = ['auto', 'light', 'dark'] as const
const names = { auto: 'system', light: 'light', dark: 'dark' } as const
const icons = { auto: IconSunMoon, light: IconSun, dark: IconMoon } as const

/** One button that cycles through system, light, and dark. */
export function SchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const next = order[(order.indexOf(colorScheme) + 1) % order.length]
  const Icon = icons[colorScheme]
  const label = `Color scheme: ${names[colorScheme]}. Switch to ${names[next]}.`
  return (
    <Tooltip label={label}>
      <ActionIcon onClick={() => setColorScheme(next)} aria-label={label}>
        <Icon size={16} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  )
}
