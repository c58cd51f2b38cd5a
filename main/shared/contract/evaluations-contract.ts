import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { errorValue } from '../engine-protocol.ts'
import { engineName } from '../engine-settings.ts'
import { arenaVotes } from '../enums.ts'
import { evaluationSettings, evaluationSource, figures, inputSource, mtBenchSource } from '../evaluation-settings.ts'
import { limits } from '../limits.ts'
import { reasoning, reviewReason } from '../review-reasons.ts'
import { probeContract } from './probe-contract.ts'
import { procedure, reading } from './procedure.ts'
import { engineUse, shownStatus } from './runs-contract.ts'

/** An evaluation by a run or by hand. */
export const shownEvaluation = z.object({
  id: z.int(),
  run: z.object({ id: z.string(), name: z.string() }).nullable(), // null: requested by hand
  kind: z.string(), // of the settings, or a checker's name
  model: z.string(), // names in the run, labels otherwise
  against: z.string(), // '' if not applicable
  judge: z.string(),
  title: z.string(),
  settings: evaluationSettings.nullable(), // null: the run's recipe
  status: shownStatus,
  done: z.int(),
  total: z.int(), // units of work; 0: not known
  seconds: z.number(),
  result: figures.nullable(),
  /** What it asked of engines besides this machine, over all attempts; a run's evaluations are part of what the run asked. */
  engineUsage: z.array(engineUse),
  error: errorValue.nullable(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
})
export type ShownEvaluation = z.infer<typeof shownEvaluation>

export const resultSources = z.enum(['all', 'runs', 'manual'])

/** Which results to list: those whose texts contain every word of the search. */
const resultChoice = z.object({ search: z.string(), source: resultSources, limit: z.int().min(1).max(100_000) })
export type ResultChoice = z.infer<typeof resultChoice>

const resultList = z.object({ rows: z.array(shownEvaluation), matching: z.int() })
export type ResultList = z.infer<typeof resultList>

/** A prompt of an evaluation by hand, with the models' answers and the judge's opinions of them. */
export const answeredPrompt = z.object({
  position: z.int(),
  instruction: z.string(),
  answers: z.array(
    z.object({
      ...{ model: z.string(), text: z.string(), tokens: z.int().nullable() },
      opinions: z.array(z.object({ judge: z.string(), score: z.number().nullable(), text: z.string() })),
    }),
  ),
  /** `swapped`: the first model's answer was shown as B. */
  verdicts: z.array(
    z.object({
      ...{ model: z.string(), against: z.string(), judge: z.string(), swapped: z.boolean() },
      ...{ verdict: z.enum(['A', 'B', 'tie']).nullable(), text: z.string() },
    }),
  ),
})
export type AnsweredPrompt = z.infer<typeof answeredPrompt>

/** How a judge decides: by a run's method and sampling, or by a standard method. */
const judgingChoice = z.discriminatedUnion('as', [
  z.object({ as: z.literal('run'), runId: z.string() }),
  z.object({ as: z.enum(['pairwise', 'additive', 'expected', 'yes', 'checklist', 'contrast', 'length']) }),
])
export type JudgingChoice = z.infer<typeof judgingChoice>

const count = z.int().min(1).max(100_000)
const seed = z.int().min(0)
/** Omitted: as in `newTokenDefaults`. */
const newTokens = z.int().min(1).max(limits.tokens).optional()

/** The cluster that the judge runs on; omitted: this machine, or the server whose model it is. */
const judgeEngine = engineName.optional()

/** An evaluation to start. Models are identified by their library id; a judge may also be a server's own model (`ownModelId`). */
export const newEvaluation = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('head-to-head'),
    ...{ model: z.string(), against: z.string(), judge: z.string(), judgeEngine },
    ...{ judging: judgingChoice, source: inputSource, count, seed },
  }),
  z.object({ kind: z.literal('judge'), model: z.string(), judgeEngine, judging: judgingChoice, source: inputSource, count, seed }),
  z.object({ kind: z.literal('accuracy'), model: z.string(), seed }),
  z.object({ kind: z.literal('likelihood'), model: z.string(), file: z.string(), count }),
  z.object({ kind: z.enum(['multiple-choice', 'perplexity']), model: z.string(), file: z.string(), count }),
  z.object({ kind: z.literal('ifeval'), model: z.string(), file: z.string(), count, maxNewTokens: newTokens }),
  z.object({
    kind: z.literal('mt-bench'),
    ...{ model: z.string(), against: z.string().nullable(), judge: z.string(), judgeEngine, source: mtBenchSource, seed },
    ...{ maxNewTokens: newTokens, judgeMaxNewTokens: newTokens },
  }),
  z.object({
    kind: z.literal('alpaca-eval'),
    /** The baseline is a model, or (null) the one whose answers are in the file of instructions. */
    ...{ model: z.string(), against: z.string().nullable(), judge: z.string(), judgeEngine, file: z.string(), count, seed },
    maxNewTokens: newTokens,
  }),
  z.object({
    kind: z.literal('user-agreement'),
    ...{ model: z.string(), judgeEngine, judging: judgingChoice, votes: z.enum(['blind', 'all']), seed },
  }),
])
export type NewEvaluation = z.infer<typeof newEvaluation>

/** A run whose held-out data can be used for evaluations. */
export const offeredSource = evaluationSource.extend({
  /** Whether a program can check its models' answers. */
  checkable: z.boolean(),
})
export type OfferedSource = z.infer<typeof offeredSource>

/** Two answers to compare. The vote reveals their models. */
export const arenaPair = z.object({ roundId: z.int(), prompt: z.string(), source: z.string(), a: z.string(), b: z.string() })
export type ArenaPair = z.infer<typeof arenaPair>

/** Progress of a round: the prompt, how much of each answer is generated, then both answers. */
export const arenaEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('prompt'), prompt: z.string(), source: z.string() }),
  z.object({ kind: z.literal('writing'), side: z.enum(['A', 'B']), tokens: z.int() }),
  z.object({ kind: z.literal('ready'), pair: arenaPair }),
])
export type ArenaEvent = z.infer<typeof arenaEvent>

export const arenaPrompt = z.discriminatedUnion('from', [
  z.object({ from: z.literal('typed'), text: z.string().trim().min(1) }),
  z.object({ from: z.literal('held-out'), runId: z.string() }),
  z.object({ from: z.literal('seed-data'), runId: z.string() }),
  z.object({ from: z.literal('data-set'), id: z.string() }),
])
export type ArenaPrompt = z.infer<typeof arenaPrompt>

export const arenaSampling = z.object({
  temperature: z.number().min(0).max(5),
  topP: z.number().gt(0).max(1),
  maxTokens: z.int().min(1).max(32_768),
})

export const revealedRound = reasoning.extend({ roundId: z.int(), a: z.string(), b: z.string(), vote: z.enum(arenaVotes).nullable() })
export type RevealedRound = z.infer<typeof revealedRound>

/** A vote with all that was compared. */
export const arenaBallot = revealedRound.extend({
  vote: z.enum(arenaVotes),
  isOpen: z.boolean(),
  ...{ prompt: z.string(), source: z.string(), textA: z.string(), textB: z.string(), seconds: z.number(), at: z.string() },
})
export type ArenaBallot = z.infer<typeof arenaBallot>

/** How many votes name each reason; the most frequent first. */
const reasonCounts = z.array(z.object({ reason: reviewReason, n: z.int() }))
export type ReasonCounts = z.infer<typeof reasonCounts>

const interval = z.object({ low: z.number(), high: z.number() })
/** A model among those that the same voter compared. Models are in order: part by part, group by group, strongest first. */
export const modelStanding = z.object({
  model: z.string(), // library id; the model may have left the library
  label: z.string(),
  rounds: z.int(),
  wins: z.int(),
  ties: z.int(),
  losses: z.int(),
  bothBad: z.int(), // included in ties
  winRate: z.number(),
  interval,
  /** Elo scale, with a mean of 0 in its group, and a 95% interval; null: without a bound. Null: the only model of its group. */
  strength: z.object({ points: z.number(), low: z.number().nullable(), high: z.number().nullable() }).nullable(),
  /** Models of different parts have never met, directly or through others. */
  part: z.int(),
  /** No model of a later group has won or tied a comparison with one of an earlier group: only strengths within a group compare. */
  group: z.int(),
})
export type ModelStanding = z.infer<typeof modelStanding>

/** The standings by one voter. */
export const voterStandings = z.object({
  key: z.string(),
  name: z.string(),
  kind: z.enum(['users-blind', 'users-open', 'judge']),
  comparisons: z.int(),
  unreadable: z.int(), // comparisons whose verdict couldn't be read
  reasons: reasonCounts, // of users' votes
  models: z.array(modelStanding),
})
export type VoterStandings = z.infer<typeof voterStandings>

/** AlpacaEval's annotations.json and model_outputs.json. */
export const alpacaEvalFile = z.enum(['annotations', 'model-outputs'])
export type AlpacaEvalFile = z.infer<typeof alpacaEvalFile>

const evaluationId = z.object({ id: z.int() })
const models = z.array(z.string()).min(2).max(16)

export const evaluateContract = {
  sources: reading.output(z.array(offeredSource)),
  /** Evaluations requested by hand, newest first. */
  list: reading.output(z.array(shownEvaluation)),
  /** Results of evaluations by hand, newest first, then of those that runs made, newest run first. */
  results: reading.input(resultChoice).output(resultList),
  /** The prompts of an evaluation by hand, with answers and verdicts. */
  answers: reading
    .input(z.object({ id: z.int(), offset: z.int().min(0).default(0), limit: z.int().min(1).max(200).default(50) }))
    .output(z.object({ total: z.int(), rows: z.array(answeredPrompt) })),
  /** Starts an evaluation in the background; evaluations run one at a time. */
  start: procedure.input(newEvaluation).output(evaluationId),
  pause: procedure.input(evaluationId).output(z.void()),
  /** Completes what is missing. */
  resume: procedure.input(evaluationId).output(z.void()),
  /** After some seconds in which it can be undone. Throws BUSY if a process is working on it. */
  remove: procedure.input(evaluationId).output(z.void()),
  /** False: it was removed meanwhile. */
  undoRemove: procedure.input(evaluationId).output(z.boolean()),
  /** Bradley-Terry strengths by each voter: users, blind or not, and judges. */
  standings: reading.output(z.array(voterStandings)),
  /** Stores the results of AlpacaEval's annotations.json: one for each model, baseline, and annotator in it. */
  importAnnotations: procedure.input(z.object({ file: z.string() })).output(z.object({ ids: z.array(z.int()).min(1) })),
  /** An AlpacaEval result in AlpacaEval's own forms. */
  exportAlpacaEval: reading
    .input(evaluationId.extend({ what: alpacaEvalFile }))
    .output(z.object({ fileName: z.string(), text: z.string() })),
  /** Which judge fits a model. A measurement is an evaluation, so the calls above pause, resume, and remove it. */
  probe: probeContract,
  arena: {
    /** Models are of the library, or a server's own (`ownModelId`). The newest pair of these models that waits for a vote; null: none. */
    waiting: procedure.input(z.object({ models })).output(arenaPair.nullable()),
    /** The two models that have met least often answer a prompt. The last event stores the pair. */
    round: procedure.input(z.object({ models, prompt: arenaPrompt, sampling: arenaSampling })).output(eventIterator(arenaEvent)),
    /** Reveals the models. A later vote on the same round replaces an earlier one. */
    vote: procedure
      .input(
        z.object({
          ...{ roundId: z.int(), vote: z.enum(arenaVotes), seconds: z.number().min(0) },
          ...{ reasons: reasoning.shape.reasons.default([]), comment: reasoning.shape.comment.default('') },
        }),
      )
      .output(revealedRound),
    /** Stores why a round's current vote was cast. Throws BUSY if it is another vote than `of` now. */
    explain: procedure.input(reasoning.extend({ roundId: z.int(), of: z.enum(arenaVotes) })).output(revealedRound),
    /** Withdraws a vote: the round waits for one again. */
    undo: procedure.input(z.object({ roundId: z.int() })).output(arenaPair),
    /** Shows the models before the vote, which then isn't blind. */
    reveal: procedure.input(z.object({ roundId: z.int() })).output(revealedRound),
    /** By the votes that are blind, or by the others; and what all rounds have asked of servers. */
    standings: reading
      .input(z.object({ isOpen: z.boolean() }))
      .output(z.object({ votes: z.int(), reasons: reasonCounts, models: z.array(modelStanding), engineUsage: z.array(engineUse) })),
    /** Every round's current vote, for a file. */
    votes: reading.output(z.array(arenaBallot)),
  },
}
