import type { EngineRole } from '../../shared/engine-settings.ts'
import type { Figures } from '../../shared/evaluation-settings.ts'
import type { Stage } from '../run-context.ts'
import { inRole } from '../run-engines.ts'
import { unitsOfStage } from '../stage-report.ts'
import { seedAt } from '../stage-work.ts'
import type { EvaluationOwner, EvaluationWork } from './units.ts'

/** The run as the owner of its evaluations' units. */
const ownerOf = (stage: Stage): EvaluationOwner => ({
  store: stage.store,
  key: { runId: stage.runId },
  sameModel: ({ name, path }) => {
    const [first] = stage.store.models.ofRun(stage.runId).filter((model) => model.path === path)
    return first.name === name ? undefined : first.name
  },
  seeds: {
    answer: (purpose, model, position) => seedAt(stage, 'answers', purpose, model, position),
    judgement: (judge, model, position, sample) => seedAt(stage, 'judge-answers', judge, model, position, sample),
    ranked: (judge, position, sample) => seedAt(stage, 'judge', 'ranked-held-out', judge, position, sample),
  },
  reported: (units, words) => unitsOfStage(stage, { ...units, ...words }),
})

/** Stores and reports the figures of a measurement, unless they are already stored. Undefined: nothing could be measured. */
export async function evaluate(
  stage: Stage,
  { model, kind, against = '', judge = '' }: { model: string; kind: string; against?: string; judge?: string },
  measure: (workOf: (role: EngineRole) => EvaluationWork) => Promise<Figures | undefined>,
): Promise<void> {
  const { store, runId, tell, iteration } = stage
  if (store.evaluations.findOfRun(runId, model, kind, against) !== undefined) return
  const owner = ownerOf(stage)
  const result = await measure((role) => ({ ...inRole(stage, role), owner }))
  if (result === undefined) return
  store.transaction(() => {
    store.evaluations.addOfRun(runId, { model, kind, against, judge, result })
    tell({ kind: 'evaluated', iteration, stage: stage.stage, model, what: kind, against, judge, result })
  })
}
