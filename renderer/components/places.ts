import {
  IconArrowsDiff,
  IconBox,
  IconChecklist,
  IconDatabase,
  IconPlayerPlay,
  IconSearch,
  IconServerCog,
  IconTrophy,
  type TablerIcon,
} from '@tabler/icons-react'

/** A page in the navigation rail. */
export interface Place {
  readonly path: string
  readonly name: string
  readonly icon: TablerIcon
  /** Goes there after `g`. */
  readonly key: string
  /** Views inside, by path and name. */
  readonly views?: readonly (readonly [path: string, name: string])[]
}

export const places: readonly Place[] = [
  { path: '/runs', name: 'Runs', icon: IconPlayerPlay, key: 'r', views: [['/runs/new', 'New run']] },
  { path: '/review', name: 'Review', icon: IconChecklist, key: 'v' },
  { path: '/compare', name: 'Compare', icon: IconArrowsDiff, key: 'c' },
  {
    ...{ path: '/models', name: 'Models', icon: IconBox, key: 'm' },
    views: [
      ['/models/lineage', 'Lineage'],
      ['/models/chat', 'Chat'],
    ],
  },
  {
    ...{ path: '/data', name: 'Data', icon: IconDatabase, key: 'd' },
    views: [
      ['/data/import', 'Import'],
      ['/data/export', 'Export'],
    ],
  },
  { path: '/search', name: 'Search', icon: IconSearch, key: 's' },
  {
    ...{ path: '/evaluate', name: 'Evaluate', icon: IconTrophy, key: 'e' },
    views: [
      ['/evaluate', 'Arena'],
      ['/evaluate/evaluations', 'Evaluations'],
      ['/evaluate/mt-bench', 'MT-Bench'],
      ['/evaluate/abilities', 'Abilities'],
      ['/evaluate/results', 'Results'],
    ],
  },
  {
    ...{ path: '/system', name: 'System', icon: IconServerCog, key: 'y' },
    views: [
      ['/system/storage', 'Storage'],
      ['/system/log', 'Log'],
      ['/system/about', 'Settings'],
    ],
  },
]
