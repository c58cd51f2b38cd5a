import {
  IconArrowsDiff,
  IconBox,
  IconChecklist,
  IconDatabase,
  IconPlayerPlay,
  IconServerCog,
  IconTrophy,
  type TablerIcon,
} from '@tabler/icons-react'

/** A page in the navigation rail. */
export interface Place {
  readonly path: string
  readonly name: string
  readonly icon: TablerIcon
}

export const places: readonly Place[] = [
  { path: '/runs', name: 'Runs', icon: IconPlayerPlay },
  { path: '/review', name: 'Review', icon: IconChecklist },
  { path: '/compare', name: 'Compare', icon: IconArrowsDiff },
  { path: '/models', name: 'Models', icon: IconBox },
  { path: '/data', name: 'Data', icon: IconDatabase },
  { path: '/evaluate', name: 'Evaluate', icon: IconTrophy },
  { path: '/system', name: 'System', icon: IconServerCog },
]
