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
  /** Views inside, each with an address; the first of a page with tabs is the page itself. */
  readonly views?: readonly View[]
}

interface View {
  readonly path: string
  readonly name: string
}

export const modelTabs: readonly View[] = [
  { path: '/models', name: 'Library' },
  { path: '/models/lineage', name: 'Lineage' },
  { path: '/models/chat', name: 'Chat' },
  { path: '/models/template', name: 'Chat template' },
]

export const dataTabs: readonly View[] = [
  { path: '/data', name: 'Library' },
  { path: '/data/import', name: 'Import' },
  { path: '/data/export', name: 'Export' },
]

export const evaluateTabs: readonly View[] = [
  { path: '/evaluate', name: 'Arena' },
  { path: '/evaluate/standings', name: 'Standings' },
  { path: '/evaluate/evaluations', name: 'Evaluations' },
  { path: '/evaluate/mt-bench', name: 'MT-Bench' },
  { path: '/evaluate/alpaca-eval', name: 'AlpacaEval' },
  { path: '/evaluate/abilities', name: 'Abilities' },
  { path: '/evaluate/results', name: 'Results' },
]

export const systemTabs: readonly View[] = [
  { path: '/system', name: 'Machine' },
  { path: '/system/engines', name: 'Engines' },
  { path: '/system/storage', name: 'Storage' },
  { path: '/system/log', name: 'Log' },
  { path: '/system/about', name: 'Settings and about' },
]

export const places: readonly Place[] = [
  { path: '/runs', name: 'Runs', icon: IconPlayerPlay, key: 'r', views: [{ path: '/runs/new', name: 'New run' }] },
  { path: '/review', name: 'Review', icon: IconChecklist, key: 'v' },
  { path: '/compare', name: 'Compare', icon: IconArrowsDiff, key: 'c' },
  { path: '/models', name: 'Models', icon: IconBox, key: 'm', views: modelTabs },
  { path: '/data', name: 'Data', icon: IconDatabase, key: 'd', views: dataTabs },
  { path: '/search', name: 'Search', icon: IconSearch, key: 's' },
  { path: '/evaluate', name: 'Evaluate', icon: IconTrophy, key: 'e', views: evaluateTabs },
  { path: '/system', name: 'System', icon: IconServerCog, key: 'y', views: systemTabs },
]
