import { z } from 'zod'
import { backendName } from '../engine/protocol.ts'
import { precision } from '../engine/train-config.ts'

/** The store's words that others speak too. Nothing here touches a database, so that a window can know them. */

export const runStatuses = ['created', 'running', 'stopped', 'waiting', 'failed', 'finished'] as const
export type RunStatus = (typeof runStatuses)[number]

/** What a run was computed with. Another backend, precision or number of threads gives other last bits. */
export const engineChoice = z.object({ backend: backendName, precision, threads: z.int() })
export type EngineChoice = z.infer<typeof engineChoice>

/** `agree`: as the judge. `swap`: the other one is better. `tie`, `both-bad`: no pair. `edit`: with these texts. `undo`: as if never reviewed. */
export const decisions = ['agree', 'swap', 'tie', 'both-bad', 'edit', 'undo'] as const
export type Decision = (typeof decisions)[number]

/** What a user does in review at one time. `batch`: one decision on many pairs. */
export const actKinds = ['decision', 'rescore', 'note', 'batch'] as const
export type ActKind = (typeof actKinds)[number]

/**
 * Evaluations asked for by hand. `head-to-head`: two models compared by a judge. `judge`: a model's judgements beside people's ranks. `accuracy`:
 * a program's check of answers. `likelihood`: how likely a model finds held-out text.
 */
export const suiteKinds = ['head-to-head', 'judge', 'accuracy', 'likelihood'] as const
export const suiteStatuses = ['queued', 'running', 'cancelled', 'failed', 'finished'] as const
export type SuiteStatus = (typeof suiteStatuses)[number]

/** What a person can say of two answers in the arena. `skip`: nothing. */
export const arenaVotes = ['A', 'B', 'tie', 'both-bad', 'skip'] as const
export type ArenaVote = (typeof arenaVotes)[number]
