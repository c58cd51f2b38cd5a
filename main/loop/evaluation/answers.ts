import type { Sampling } from '../../shared/engine-protocol.ts'
import type { AnswerRow } from '../../store/tables/answers-table.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import { generateMissing } from '../generate-texts.ts'
import { excerpt, leftOutRows, reportLeftOut } from '../left-out-rows.ts'
import type { Stage } from '../run-context.ts'
import { seedAt } from '../seeds.ts'
import { progressOf } from '../stage-progress.ts'

/** Generates one answer per evaluation prompt, in prompt order. Prompts that can't be answered are omitted. */
export async function answerPrompts(
  stage: Stage,
  model: ModelRow,
  work: { purpose: string; label?: string; prompts: readonly string[]; sampling: Sampling },
): Promise<AnswerRow[]> {
  const { store, runId } = stage
  const done = new Set(store.answers.of(runId, model.name, work.purpose).map(({ position }) => position))
  const rows = work.prompts.map((prompt, position) => ({
    position,
    instruction: prompt,
    input: { prompt },
    seeds: [seedAt(stage, 'answers', work.purpose, model.name, position)],
    missing: new Set(done.has(position) ? [] : [0]),
  }))
  const progress = progressOf(stage, `${work.label ?? `${work.purpose} answers`} of ${model.name}`, rows.length, done.size)
  const leftOut = leftOutRows<(typeof rows)[number]>(
    `${work.purpose} prompts`,
    rows.length,
    ({ position, instruction }) => `prompt ${position + 1} (${excerpt(instruction)})`,
  )
  await generateMissing(stage, {
    model: model.path,
    sampling: work.sampling,
    rows,
    keep: ({ position, instruction }, { text, tokenIds, finishReason }) => {
      const { name } = model
      store.answers.add(runId, { model: name, purpose: work.purpose, position, instruction, text, tokens: tokenIds.length, finishReason })
      progress.add()
    },
    leaveOut: leftOut.add,
  })
  progress.end()
  reportLeftOut(stage, leftOut, { total: rows.length })
  return store.answers.of(runId, model.name, work.purpose)
}
