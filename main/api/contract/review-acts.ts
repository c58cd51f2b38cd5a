import { z } from 'zod'
import { actKinds, decisions } from '../../store/words.ts'

/** Something that a user did in review, and can undo or redo. */
export const reviewAct = z.object({
  id: z.int(),
  kind: z.enum(actKinds),
  promptId: z.int().nullable(), // null: a batch
  position: z.int().nullable(), // of the prompt
  decision: z.enum(decisions).nullable(), // null: a score or a note
  subjects: z.int(), // pairs, scores or notes
})
export type ReviewAct = z.infer<typeof reviewAct>

/** What was undone or redone. `kept`: of its pairs, those that somebody decided about again since, which stay as they are. */
export const undoStep = z.object({ act: reviewAct, kept: z.int() })
export type UndoStep = z.infer<typeof undoStep>
