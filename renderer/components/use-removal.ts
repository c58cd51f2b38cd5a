import { useMutation, useQueryClient } from '@tanstack/react-query'
import { offerUndo } from './undo-bar.tsx'

interface Removal<Id> {
  /** What the notice says, for example "Deleted answers." */
  readonly text: string
  readonly remove: (id: Id) => Promise<void>
  readonly undo: (id: Id) => Promise<boolean>
  /** The queries that show it. */
  readonly queryKey: readonly unknown[]
  readonly onRemoved?: () => void
}

/** Removes something immediately, with a notice that offers to undo it. */
export function useRemoval<Id>({ text, remove, undo, queryKey, onRemoved }: Removal<Id>) {
  const queries = useQueryClient()
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey })
  return useMutation({
    mutationFn: remove,
    onSuccess: async (_, id) => {
      onRemoved?.()
      offerUndo({
        text,
        undo: async () => {
          const isThere = await undo(id)
          await refresh()
          return isThere
        },
      })
      await refresh()
    },
  })
}
