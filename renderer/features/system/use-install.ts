import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { RuntimeKind } from '../../../main/shared/enums.ts'
import { orpc } from '../../api/client.ts'

/** Polling interval during an installation, milliseconds. */
const pollMs = 500

/** Runtime packs, polled during an installation, and how to start one. */
export function useInstall() {
  const queries = useQueryClient()
  const runtimes = useQuery(
    orpc.system.runtimes.queryOptions({
      staleTime: 0,
      refetchInterval: ({ state }) => (state.data?.installation?.status === 'running' ? pollMs : false),
    }),
  )
  const begin = useMutation(
    orpc.system.installRuntime.mutationOptions({
      onSettled: () => queries.invalidateQueries({ queryKey: orpc.system.runtimes.key() }),
    }),
  )
  const cancel = useMutation(
    orpc.system.cancelInstallation.mutationOptions({
      onSettled: () => queries.invalidateQueries({ queryKey: orpc.system.runtimes.key() }),
    }),
  )
  return {
    runtimes,
    begin,
    cancel: () => cancel.mutate(undefined),
    install: (kind: RuntimeKind) => begin.mutate({ kind }),
    isRunning: begin.isPending || runtimes.data?.installation?.status === 'running',
  }
}
