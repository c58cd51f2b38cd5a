import { z } from 'zod'
import { backendName } from './engine-protocol.ts'
import { precision } from './train-config.ts'

/** Enums of the store, the loop, and the renderer. No imports of the database here. */

/**
 * States of a job, which is a run or an evaluation by hand. `pausing`, `finishing`: a process is still running it, as the user requested.
 * `finishing`: it ends early and keeps its results.
 */
export const jobState = z.enum([
  'created',
  'queued',
  'running',
  'waiting-for-review',
  'pausing',
  'paused',
  'finishing',
  'finished',
  'failed',
])
export type JobState = z.infer<typeof jobState>

/** What the user can want of a job. `end`: to finish early, with its results. */
export const jobRequest = z.enum(['work', 'pause', 'end'])
export type JobRequest = z.infer<typeof jobRequest>

/** What a run computes with. Another backend, precision, or number of threads changes the last bits of its results. */
export const engineChoice = z.object({ backend: backendName, precision, threads: z.int() })
export type EngineChoice = z.infer<typeof engineChoice>

/**
 * `agree`: the judge's choice. `swap`: the other response is better. `tie`, `both-bad`: no pair. `edit`: with these texts. `undo`: no
 * decision.
 */
export const decision = z.enum(['agree', 'swap', 'tie', 'both-bad', 'edit', 'undo'])
export type Decision = z.infer<typeof decision>

/**
 * Why a pair trains as it does, or is excluded: the judge, a user's score, or a user's decision. `undecided`: the recipe's rule trains only
 * on pairs that the user has decided.
 */
export const pairReason = z.enum(['judge', 'undecided', 'rescore', ...decision.exclude(['undo']).options])
export type PairReason = z.infer<typeof pairReason>

/** Whose rewards made a pair. */
export const pairMaker = z.enum(['judge', 'person'])
export type PairMaker = z.infer<typeof pairMaker>

/** A candidate's role in a pair. */
export const pairRole = z.enum(['chosen', 'rejected'])
export type PairRole = z.infer<typeof pairRole>

/**
 * - `ift`: an instruction and a good response. `eft`: a filled judge prompt and its justified score.
 * - `demonstration`: a few-shot example for prompt generation.
 * - `ranked`: a human-ranked answer for building EFT examples; `ranked-held-out`: one for evaluating the judge.
 * - `held-out`: a prompt for comparing models.
 */
export const exampleKind = z.enum(['ift', 'eft', 'demonstration', 'ranked', 'ranked-held-out', 'held-out'])
export type ExampleKind = z.infer<typeof exampleKind>

/** Kinds of review actions. `batch`: one decision on many pairs. */
export const actKinds = ['decision', 'rescore', 'note', 'batch'] as const

/**
 * Evaluations requested by hand. `head-to-head`: a judge compares two models. `judge`: compares a model's judgements with human ranks.
 * `accuracy`: a program checks answers. `likelihood`: the model's likelihood of held-out text.
 */
export const evaluationKinds = ['head-to-head', 'judge', 'accuracy', 'likelihood'] as const
export type EvaluationKind = (typeof evaluationKinds)[number]

/** A user's votes in the arena. `skip`: no vote. */
export const arenaVotes = ['A', 'B', 'tie', 'both-bad', 'skip'] as const
export type ArenaVote = (typeof arenaVotes)[number]

/** Formats of data files, all detectable from the content. */
export const dataFormat = z.enum([
  'oasst-trees', // {message_tree_id, prompt: {text, replies: [{text, rank}]}}
  'oasst-messages', // {message_id, parent_id, text, role, rank}
  'ranked-answers', // {question, answer, rank}
  'rated-answers', // several answers with ratings: UltraFeedback, Nectar, HelpSteer
  'alpaca', // {instruction, input, output}
  'chat', // {conversations: [{from, value}]} (ShareGPT) or {messages: [{role, content}]}
  'self-instruct-seeds', // {instruction, instances: [{input, output}], is_classification}
  'prompt-completion', // {prompt, completion} (TRL)
  'preferences', // {prompt, chosen, rejected} (TRL)
  'llama-factory-preferences', // {conversations, chosen: {from, value}, rejected: {from, value}}
  'comparisons', // two responses and the better one: SHP, PKU-SafeRLHF, Chatbot Arena
  'argilla', // {fields, suggestions, responses}, or columns such as question.responses
  'label-studio', // {data, annotations}, or an annotation per row
  'stepwise', // {prompt, completions, labels} (TRL)
  'plain', // {prompt}, {text}, {turns}, {instruction, response}, {question, answer}
])
export type DataFormat = z.infer<typeof dataFormat>

/** Runtime packs, by the processor that TensorFlow is built for. */
export const runtimeKind = z.enum(['cpu', 'cuda'])
export type RuntimeKind = z.infer<typeof runtimeKind>
