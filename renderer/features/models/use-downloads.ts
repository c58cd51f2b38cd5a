import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { orpc } from '../../api/client.ts'

/** Polling interval during a download, milliseconds. */
const pollMs = 500

/** The downloads of models, polled while one is running. When one has ended, the library is read again. */
export function useDownloads() {
  const queries = useQueryClient()
  const downloads = useQuery(
    orpc.models.downloads.queryOptions({
      staleTime: 0,
      refetchInterval: ({ state }) => (state.data?.some(({ status }) => status === 'running') ? pollMs : false),
    }),
  )
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: orpc.models.downloads.key() })
  const done = downloads.data?.filter(({ status }) => status === 'done').length ?? 0
  const before = useRef(done)
  useEffect(() => {
    if (done > before.current) void queries.invalidateQueries({ queryKey: orpc.models.library.key() })
    before.current = done
  }, [done, queries])
  return {
    downloads: downloads.data ?? [],
    begin: useMutation(orpc.models.hubGet.mutationOptions({ onSettled: refresh })),
    stop: useMutation(orpc.models.stopDownload.mutationOptions({ onSettled: refresh })),
    dismiss: useMutation(orpc.models.dismissDownload.mutationOptions({ onSettled: refresh })),
  }
}
export type Downloads = ReturnType<typeof useDownloads>
