import type { QueueFilter, QueueSort, QueueStatus } from '../../../main/shared/contract/review-contract.ts'

/** The queue's filter in the URL, so that it survives reloads and works with links and the back button. */

export const statusNames: Readonly<Record<QueueStatus, string>> = {
  all: 'All pairs',
  unreviewed: 'Unreviewed',
  reviewed: 'Reviewed',
  overridden: 'Overridden',
  noted: 'With a note',
  'without-pair': 'Without a pair',
}

export const sortNames: Readonly<Record<QueueSort, string>> = {
  doubt: 'Most doubtful first',
  margin: 'Smallest margin first',
  position: 'Prompt order',
  newest: 'Last decided first',
  random: 'Random order',
  stratified: 'Random, easy and hard in turn',
}

export const defaultFilter: QueueFilter = {
  iteration: null,
  status: 'all',
  minScore: null,
  maxScore: null,
  minMargin: null,
  maxMargin: null,
  search: '',
  sort: 'doubt',
}

const ranges = ['minScore', 'maxScore', 'minMargin', 'maxMargin'] as const

/** The filter in a URL. Missing and invalid values get their defaults. */
export function filterOf(params: URLSearchParams): QueueFilter {
  const status = params.get('status') ?? ''
  const sort = params.get('sort') ?? ''
  const iteration = Number(params.get('iteration') ?? Number.NaN)
  return {
    ...defaultFilter,
    ...Object.fromEntries(ranges.map((name) => [name, scoreOf(params.get(name))])),
    iteration: Number.isInteger(iteration) && iteration > 0 ? iteration : null,
    status: status in statusNames ? (status as QueueStatus) : defaultFilter.status,
    sort: sort in sortNames ? (sort as QueueSort) : defaultFilter.sort,
    search: (params.get('search') ?? '').slice(0, 500),
  }
}

function scoreOf(text: string | null): number | null {
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : null
}

/** A filter as URL parameters: only non-default values, and without the current pair. */
export function paramsOf(filter: QueueFilter): URLSearchParams {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) {
    if (value !== null && value !== defaultFilter[name as keyof QueueFilter]) params.set(name, String(value))
  }
  return params
}

export const isFiltered = (filter: QueueFilter): boolean => paramsOf({ ...filter, sort: 'doubt' }).size > 0
