import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { filesStamp } from '../../common/file-identity.ts'
import { resourceFile } from '../../common/resources.ts'
import { recommended } from '../../evaluation/probe-figures.ts'
import { judgeOn, ownJudge } from '../../loop/evaluation/judge-engine.ts'
import { probeOutcomes, probeProgress } from '../../loop/evaluation/stored-probe.ts'
import { judges } from '../../loop/judges/judges.ts'
import { explainIssue } from '../../loop/recipe/recipe-problems.ts'
import { locateModel } from '../../models/locate-model.ts'
import type { ShownEvaluation } from '../../shared/contract/evaluations-contract.ts'
import type { ProbeRequest, ShownProbe } from '../../shared/contract/probe-contract.ts'
import { thisMachine } from '../../shared/engine-settings.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import type { ProbeSettings } from '../../shared/evaluation-settings.ts'
import { untrainedMethods } from '../../shared/probed-judge.ts'
import { type JudgeMethod, type JudgeRecipe, judgeRecipe, newGenerator as random } from '../../shared/recipe.ts'
import type { Store } from '../../store/store.ts'
import { absolutePath } from '../system/file-browser.ts'
import type { EvaluationsApi } from './evaluations.ts'

/** The ranked answers that ship with Laurel. */
export const shippedRanked = resourceFile('seed-data', 'oasst-ranked.jsonl')

/** Which judge fits a model: measurements of judges before a run depends on one. Each is an evaluation by hand. */
export function probesApi(store: Store, evaluations: EvaluationsApi) {
  /** The newest one with this model, file, and number of prompts, whatever the judges' settings were. */
  function measuredFor({ model, source, count, stamp }: ProbeSettings): (ShownEvaluation & { settings: ProbeSettings }) | undefined {
    for (const evaluation of evaluations.list()) {
      const { settings } = evaluation
      if (settings?.kind !== 'probe') continue
      const isSameModel = settings.model.path === model.path && settings.model.engine === model.engine
      const isSame = isSameModel && settings.source.path === source.path && settings.stamp === stamp
      if (isSame && settings.count === count) return { ...evaluation, settings }
    }
    return undefined
  }

  return {
    show(request: ProbeRequest): ShownProbe {
      const wanted = probeOf(store, request)
      const found = measuredFor(wanted)
      const busyWith = request.engine === thisMachine ? runInProgress(store) : null
      if (found === undefined) return { measured: null, busyWith }
      const { id, status, done, total, error, finishedAt, settings } = found
      const owner = { evaluationId: id }
      const [outcomes, progress] = [probeOutcomes(store, owner), probeProgress(store, owner)]
      const shown = untrainedMethods.map((method) => {
        const outcome = outcomes.find((one) => one.method === method)
        return { method, done: progress.get(method) ?? 0, judge: outcome?.judge ?? null, problem: outcome?.problem ?? null }
      })
      const changed = settings.judges.filter((judge) => !wanted.judges.some((other) => isSameJudge(judge, other)))
      return {
        measured: {
          ...{ id, status, done, total, error, finishedAt, judges: shown },
          recommended: recommended(shown.flatMap(({ judge }) => judge ?? []))?.method ?? null,
          changed: untrainedMethods.filter((method) => changed.some((judge) => judge.method === method)),
        },
        busyWith,
      }
    },

    /** Continues a measurement with the same settings, if there is one; otherwise starts another. */
    start(request: ProbeRequest): number {
      if (request.engine === thisMachine) mustBeIdle(store)
      const wanted = probeOf(store, request)
      if (wanted.model.path !== '') locateModel(wanted.model.path, 'base_model')
      judgeOf(request)
      const found = measuredFor(wanted)
      if (found === undefined || !wanted.judges.every((judge) => found.settings.judges.some((other) => isSameJudge(judge, other)))) {
        return evaluations.start(wanted, wanted.model.label)
      }
      evaluations.resume(found.id)
      return found.id
    },
  }
}
export type ProbesApi = ReturnType<typeof probesApi>

/** The run that a process runs now. */
export function runInProgress(store: Store): ShownProbe['busyWith'] {
  for (const id of store.jobs.workedOn()) {
    const run = store.runs.find(id)
    if (run !== undefined) return { id, name: run.name }
  }
  return null
}

/** Throws BUSY while a run is running: a measurement would slow it down, and its own figures of speed would be wrong. */
export function mustBeIdle(store: Store): void {
  const run = runInProgress(store)
  if (run === null) return
  throw new LaurelError(
    'BUSY',
    `Run ${run.name} is running, and measuring judges would slow it down.`,
    'Wait until it has ended, or pause it.',
  )
}

/**
 * The measurement that a request is about, complete enough to resume. Invalid settings of the judge are replaced by defaults. Throws NOT_FOUND
 * if there is no such engine.
 */
export function probeOf(store: Store, { model: typed, engine, ranked, judge, count, seed }: ProbeRequest): ProbeSettings {
  const path = absolutePath(typed)
  const here = { id: path, label: basename(path), path }
  const elsewhere = engine === thisMachine ? null : store.engines.resolve(engine)
  const isServer = elsewhere !== null && ownJudge(elsewhere) !== null
  const model = elsewhere === null ? here : judgeOn(elsewhere, isServer ? null : here)
  const file = ranked === null ? shippedRanked : absolutePath(ranked)
  const { data } = judgeRecipe.safeParse(judge)
  // A server's judge is the same until its address, its model, or what a test has found changes.
  const who = isServer ? JSON.stringify([model.label, elsewhere.settings.address, elsewhere.test?.at]) : filesStamp(path)
  return {
    ...{ kind: 'probe', model, judges: judgesFrom(data ?? judgeRecipe.parse({})) },
    ...{ source: { from: 'file', path: file }, count, seed, random, stamp: stampOf(who, file) },
  }
}

/** Throws BAD_INPUT, naming the key, if the judge has an invalid setting. */
function judgeOf({ judge }: ProbeRequest): JudgeRecipe {
  const parsed = judgeRecipe.safeParse(judge, { reportInput: true })
  if (parsed.success) return parsed.data
  throw badInput(`The judge's settings: ${explainIssue(parsed.error.issues[0])}`, 'Fix the highlighted fields.')
}

/** The settings that each method uses, except its prompt. The fastest come first: a measurement that is stopped early has figures. */
const own = {
  random: [],
  yes: ['answers'],
  expected: [],
  contrast: ['contrast'],
  pairwise: ['length_ratio'],
  checklist: ['answers', 'requirements', 'checklist_prompt', 'max_new_tokens', 'stop'],
  additive: ['samples', 'temperature', 'top_p', 'top_k', 'max_new_tokens', 'stop'],
} as const satisfies Partial<Record<JudgeMethod, readonly (keyof JudgeRecipe)[]>>
const measured = Object.keys(own) as (keyof typeof own)[]

/** The judges with a recipe's settings, the unused ones at their defaults. A prompt belongs to the recipe's own method. */
const judgesFrom = (judge: JudgeRecipe): JudgeRecipe[] =>
  measured.map((method) => {
    const isOwn = method === judge.method && judge.prompt !== judges[method].prompt?.own
    const used = Object.fromEntries(own[method].map((key) => [key, judge[key]]))
    return judgeRecipe.parse({ ...used, method, prompt: isOwn ? judge.prompt : null })
  })

/** Whether a method has the same settings, in a stored document or a new one. */
const isSameJudge = (one: JudgeRecipe, other: JudgeRecipe): boolean => JSON.stringify(one) === JSON.stringify(other)

const stampOf = (model: string, file: string): string =>
  createHash('sha256')
    .update(JSON.stringify([model, filesStamp(file)]))
    .digest('hex')
