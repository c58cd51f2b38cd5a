import { z } from 'zod'
import { errorValue } from '../engine-protocol.ts'
import { engineName, thisMachine } from '../engine-settings.ts'
import { probedJudge, probedMethods } from '../probed-judge.ts'
import { procedure } from './procedure.ts'
import { shownStatus } from './runs-contract.ts'

const method = z.enum(probedMethods)

/** What to measure, taken from a recipe that is being edited: paths as typed, and a judge that may contain invalid values. */
const probeRequest = z.object({
  model: z.string().min(1),
  /** Where it judges; a server judges with its own model instead. */
  engine: engineName.default(thisMachine),
  /** A file of human-ranked answers; null: the one that ships with Laurel. */
  ranked: z.string().min(1).nullable(),
  /** Settings of the judges, of which each method uses its own. */
  judge: z.record(z.string(), z.unknown()),
  /** The first prompts whose answers have different ranks, at most this many. */
  count: z.int().min(1).max(100_000),
  seed: z.int().min(0),
})
export type ProbeRequest = z.infer<typeof probeRequest>

/** A judge in the table: how far it is, and its outcome. */
const shownJudge = z.object({
  method,
  /** Answers judged so far, in judgements. */
  done: z.int(),
  judge: probedJudge.nullable(), // null: not measured yet, or it has a problem
  problem: z.string().nullable(),
})
export type ShownJudge = z.infer<typeof shownJudge>

export const shownProbe = z.object({
  /** The newest measurement with this model, file, and number of prompts. */
  measured: z
    .object({
      ...{
        id: z.int(),
        status: shownStatus,
        done: z.int(),
        total: z.int(),
        error: errorValue.nullable(),
        finishedAt: z.string().nullable(),
      },
      judges: z.array(shownJudge),
      /** The judge with the highest lower bound on pairs of similar length; null: none is better than chance. */
      recommended: method.nullable(),
      /** The methods whose settings have changed since. */
      changed: z.array(method),
    })
    .nullable(),
  /** The run that is using the machine, which a measurement would slow down; null for one that is made elsewhere. */
  busyWith: z.object({ id: z.string(), name: z.string() }).nullable(),
})
export type ShownProbe = z.infer<typeof shownProbe>

const probeEstimate = z.object({
  prompts: z.int(),
  answers: z.int(),
  judges: z.array(z.object({ method, judgements: z.int(), seconds: z.number() })),
})
export type ProbeEstimate = z.infer<typeof probeEstimate>

export const probeContract = {
  show: procedure.input(probeRequest).output(shownProbe),
  /** How long it would take on this machine. Throws UNSUPPORTED for another engine. */
  estimate: procedure.input(probeRequest).output(probeEstimate),
  /** Starts or resumes the measurement, as an evaluation. Throws BUSY while a run is running. */
  start: procedure.input(probeRequest).output(z.object({ id: z.int() })),
}
