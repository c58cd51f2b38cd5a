import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ErrorCard } from './error-card.tsx'
import { Loading } from './loading.tsx'

interface QueryViewProps<Data> {
  readonly query: UseQueryResult<Data>
  readonly children: (data: Data) => ReactNode
}

/** What was asked for, once it is there; until then that it is coming, or why not. Old data stay on show while new are fetched. */
export function QueryView<Data>({ query, children }: QueryViewProps<Data>) {
  if (query.data !== undefined) return children(query.data)
  if (query.isError) return <ErrorCard error={query.error} onRetry={() => void query.refetch()} />
  return <Loading />
}
