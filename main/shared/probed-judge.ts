import { z } from 'zod'

const readers = ['additive', 'expected', 'yes', 'checklist', 'pairwise', 'contrast'] as const
const controls = ['random', 'length'] as const

/** Methods that work with a model as it is: no training, no program, no second model. The controls come last. */
export const untrainedMethods = [...readers, ...controls] as const

/** Every method that human-ranked answers can measure: those, a trained model against its reference, and agreement of a prompt's answers. */
export const probedMethods = [...readers, 'implicit', 'majority', ...controls] as const
export type ProbedMethod = (typeof probedMethods)[number]

export const isControl = (method: ProbedMethod): boolean => (controls as readonly ProbedMethod[]).includes(method)

/** How well a judge tells the better answer of a pair. Shares are in [0, 1]. */
const probeFigures = z.object({
  pairs: z.int(),
  /** Share of the pairs in which the better answer has the higher reward; a tie or an unreadable judgement is half right. Null without pairs. */
  accuracy: z.number().nullable(),
  /** Wilson's 95% interval of it. It takes pairs as independent, which those of one prompt aren't quite. */
  interval: z.object({ low: z.number(), high: z.number() }),
  ties: z.number().nullable(),
  /** Share of the pairs in which an answer has no reward. */
  unreadable: z.number().nullable(),
})
export type ProbeFigures = z.infer<typeof probeFigures>

/** A judge's figures on human-ranked pairs. */
export const probedJudge = z.object({
  method: z.enum(probedMethods),
  isControl: z.boolean(),
  all: probeFigures,
  /** On pairs of similar length. */
  matched: probeFigures,
  /** The share of its comparisons that depend on the order; null: it makes none. */
  flipRate: z.number().nullable(),
  secondsPerAnswer: z.number().nullable(),
  tokensPerAnswer: z.number().nullable(),
})
export type ProbedJudge = z.infer<typeof probedJudge>

/** A judge's figures, or why it can't judge with this model. */
export const probeOutcome = z.object({ method: z.enum(probedMethods), judge: probedJudge.nullable(), problem: z.string().nullable() })
export type ProbeOutcome = z.infer<typeof probeOutcome>
