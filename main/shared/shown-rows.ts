import { z } from 'zod'
import { finishReason } from './engine-protocol.ts'
import { decision } from './enums.ts'
import { reasoning } from './review-reasons.ts'

/** What the stages of an iteration generated, as rows of the store's queries and of the window's tables. */

export const promptShown = z.object({
  id: z.int(),
  text: z.string(),
  position: z.int().nullable(), // null: rejected
  reason: z.string().nullable(), // why it was rejected
  similarity: z.number().nullable(), // largest ROUGE-L F1 to an earlier prompt
  similarTo: z.string().nullable(),
})
export const candidateShown = z.object({
  id: z.int(),
  promptId: z.int(),
  position: z.int(), // of its prompt
  sample: z.int(),
  model: z.string(), // that wrote it
  instruction: z.string(),
  text: z.string(),
  tokens: z.int(),
  finishReason,
  reward: z.number().nullable(),
  judgements: z.int(),
  unreadable: z.int(),
  /** In how many pairs from the judge's rewards it is the chosen or the rejected response. */
  chosen: z.int(),
  rejected: z.int(),
})
export const judgementShown = z.object({
  id: z.int(),
  promptId: z.int(),
  judge: z.string(),
  sample: z.int(),
  position: z.int(), // of its prompt
  candidateSample: z.int(),
  instruction: z.string(),
  response: z.string(),
  text: z.string(), // the judge's full text
  score: z.number().nullable(), // null: unreadable
})
export const pairShown = z.object({
  id: z.int(),
  promptId: z.int(),
  position: z.int(),
  instruction: z.string(),
  chosen: z.string(),
  chosenReward: z.number().nullable(), // null: the run has no judge
  rejected: z.string(),
  rejectedReward: z.number().nullable(),
  decision: decision.nullable(), // by a user, if any
  ...reasoning.shape, // of the decision
})
export const judgePairShown = z.object({
  id: z.int(),
  position: z.int(), // of the prompt that the judged response answers
  prompt: z.string(), // the filled judge prompt
  chosen: z.string(), // judgements
  rejected: z.string(),
  chosenElo: z.number(),
  rejectedElo: z.number(),
})
export const rewardPairShown = z.object({ id: z.int(), prompt: z.string(), better: z.string(), worse: z.string() })
export const exampleShown = z.object({
  position: z.int(),
  instruction: z.string(),
  response: z.string().nullable(),
  humanRank: z.number().nullable(),
})
export type PromptShown = z.infer<typeof promptShown>
export type CandidateShown = z.infer<typeof candidateShown>
export type JudgementShown = z.infer<typeof judgementShown>
export type PairShown = z.infer<typeof pairShown>
export type JudgePairShown = z.infer<typeof judgePairShown>
export type RewardPairShown = z.infer<typeof rewardPairShown>
export type ExampleShown = z.infer<typeof exampleShown>
