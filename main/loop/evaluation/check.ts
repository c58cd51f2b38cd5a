import type { ModelRow } from '../../store/tables/models-table.ts'
import type { Checker, Stage } from '../run-context.ts'
import { answerPrompts } from './answers.ts'

/** Evaluates a model with a checker that the caller provided. */
export async function check(stage: Stage, model: ModelRow, checker: Checker): Promise<void> {
  const { store, runId, tell, iteration } = stage
  if (store.evaluations.find(runId, model.name, checker.name) !== undefined) return
  const { label, prompts, sampling } = checker
  const answers = await answerPrompts(stage, model, { purpose: checker.name, label, prompts, sampling })
  const result = checker.measure(answers.map(({ instruction, text, finishReason }) => ({ prompt: instruction, text, finishReason })))
  store.evaluations.add(runId, { model: model.name, kind: checker.name, against: '', judge: '', result })
  tell({ kind: 'evaluated', iteration, stage: stage.stage, model: model.name, what: checker.name, against: '', result })
}
