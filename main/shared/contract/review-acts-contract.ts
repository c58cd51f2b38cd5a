import { z } from 'zod'
import { actKinds, decision } from '../enums.ts'

/** A review action that can be undone and redone. */
export const reviewAct = z.object({
  id: z.int(),
  kind: z.enum(actKinds),
  promptId: z.int().nullable(), // null: a batch
  position: z.int().nullable(), // of the prompt in its iteration
  decision: decision.nullable(), // null: a score or a note
  subjects: z.int(), // pairs, scores or notes
})
export type ReviewAct = z.infer<typeof reviewAct>

/** The action that was undone or redone. `kept`: pairs that have been reviewed again since, which stay as they are. */
export const undoStep = z.object({ act: reviewAct, kept: z.int() })
export type UndoStep = z.infer<typeof undoStep>
