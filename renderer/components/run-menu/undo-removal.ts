import type { QueryClient } from '@tanstack/react-query'
import { client, orpc } from '../../api/client.ts'
import { offerUndo } from '../undo-bar.tsx'

/** Offers to undo the removal of runs. */
export function offerUndoRemoval(runs: readonly { readonly id: string; readonly name: string }[], queries: QueryClient): void {
  offerUndo({
    text: runs.length === 1 ? `Deleted ${runs[0].name}.` : `Deleted ${runs.length} runs.`,
    undo: async () => {
      let isThere = true
      for (const { id } of runs) isThere = (await client.runs.undoRemove({ id })) && isThere
      await queries.invalidateQueries({ queryKey: orpc.runs.key() })
      return isThere
    },
  })
}
