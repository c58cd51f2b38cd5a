import { z } from 'zod'

/**
 * What makes the worse answer of a pair worse, by construction. `other-prompt`: it is the answer to another prompt. `truncated`: it ends
 * early. `repeated`: one of its sentences is repeated. `shuffled`: its sentences are in another order.
 */
export const answerFlaw = z.enum(['other-prompt', 'truncated', 'repeated', 'shuffled'])
export type AnswerFlaw = z.infer<typeof answerFlaw>
