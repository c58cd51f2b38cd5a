import type { ActionInfo } from '../../actions/action.ts'

export const newRun = { name: 'new-run', title: 'New run', keys: ['n'], group: 'Runs' } satisfies ActionInfo
export const filterList = { name: 'filter-runs', title: 'Filter the list', keys: ['/'], group: 'Runs' } satisfies ActionInfo

/** All actions of the page, for the shortcuts dialog. */
export const runsPageActions: readonly ActionInfo[] = [newRun, filterList]
