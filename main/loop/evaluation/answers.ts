import type { GenerateItem, Sampling } from '../../shared/engine-protocol.ts'
import type { AnswerRow } from '../../store/tables/answers-table.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import type { Stage } from '../run-context.ts'
import { excerpt, unitsOfStage } from '../stage-report.ts'
import { doneAmong, generateMissing, seedAt } from '../stage-work.ts'

/** Generates one answer per evaluation prompt, in prompt order. Prompts that can't be answered are omitted. */
export async function answerPrompts(
  stage: Stage,
  { name, path }: ModelRow,
  work: { purpose: string; label?: string; prompts: readonly string[]; sampling: Sampling },
): Promise<AnswerRow[]> {
  const { store, runId } = stage
  const { purpose, label = `${purpose} answers`, prompts, sampling } = work
  const isDone = doneAmong(store.answers.of(runId, name, purpose).map(({ position }) => [position, 0]))
  const units = unitsOfStage(stage, {
    what: `${label} of ${name}`,
    noun: `${purpose} prompts`,
    nameOf: ({ position, instruction }) => `prompt ${position + 1} (${excerpt(instruction)})`,
    rows: prompts.map((instruction, position) => ({ position, instruction })),
    samples: 1,
    seed: ({ position }) => seedAt(stage, 'answers', purpose, name, position),
    isDone: ({ position }) => isDone(position, 0),
    keep: ({ position, instruction }, _, { text, tokenIds, finishReason }: GenerateItem) =>
      store.answers.add(runId, { model: name, purpose, position, instruction, text, tokens: tokenIds.length, finishReason }),
  })
  await generateMissing(stage, units, {
    model: path,
    sampling,
    input: ({ instruction }) => ({ prompt: instruction }),
    read: (item) => item,
  })
  return store.answers.of(runId, name, purpose)
}
