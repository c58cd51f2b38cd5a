import { useQuery } from '@tanstack/react-query'
import { orpc } from '../../api/client.ts'
import { useReviewer } from '../../api/reviewer.ts'

/** The name that this browser's decisions get; empty: none. */
export function useOwnName(): string {
  const { name } = useReviewer()
  const settings = useQuery(orpc.system.settings.queryOptions())
  return name.trim() || settings.data?.reviewer || ''
}
