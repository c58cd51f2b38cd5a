import { z } from 'zod'
import { backendName } from './engine-protocol.ts'
import { precision } from './train-config.ts'

/** Enums shared with the renderer. No imports of the database here. */

export const runStatuses = ['created', 'running', 'stopped', 'waiting', 'failed', 'finished'] as const
export type RunStatus = (typeof runStatuses)[number]

/** What a run computes with. Another backend, precision, or number of threads changes the last bits of its results. */
export const engineChoice = z.object({ backend: backendName, precision, threads: z.int() })
export type EngineChoice = z.infer<typeof engineChoice>

/**
 * `agree`: the judge's choice. `swap`: the other response is better. `tie`, `both-bad`: no pair. `edit`: with these texts. `undo`: no
 * decision.
 */
export const decisions = ['agree', 'swap', 'tie', 'both-bad', 'edit', 'undo'] as const
export type Decision = (typeof decisions)[number]

/** Kinds of review actions. `batch`: one decision on many pairs. */
export const actKinds = ['decision', 'rescore', 'note', 'batch'] as const
export type ActKind = (typeof actKinds)[number]

/**
 * Standalone evaluations. `head-to-head`: a judge compares two models. `judge`: compares a model's judgements with human ranks. `accuracy`:
 * a program checks answers. `likelihood`: the model's likelihood of held-out text.
 */
export const suiteKinds = ['head-to-head', 'judge', 'accuracy', 'likelihood'] as const
export const suiteStatuses = ['queued', 'running', 'cancelled', 'failed', 'finished'] as const
export type SuiteStatus = (typeof suiteStatuses)[number]

/** A user's votes in the arena. `skip`: no vote. */
export const arenaVotes = ['A', 'B', 'tie', 'both-bad', 'skip'] as const
export type ArenaVote = (typeof arenaVotes)[number]
