import type { GenerateItem } from '../../shared/engine-protocol.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import type { AcceptedPrompt } from '../../store/tables/prompts-table.ts'
import type { Stage } from '../run-context.ts'
import { excerpt, unitsOfStage } from '../stage-report.ts'
import { doneAmong, generateMissing, samplingOf, seedAt } from '../stage-work.ts'

/** Samples N responses for every prompt of the iteration from the current model (paper, section 2.2: N = 4, T = 0.7, top-p = 0.9). */
export async function sampleCandidates(stage: Stage, model: ModelRow): Promise<void> {
  const { store, recipe, runId, iteration } = stage
  const isDone = doneAmong(store.candidates.ofIteration(runId, iteration).map(({ promptId, sample }) => [promptId, sample]))
  const seed = ({ position }: AcceptedPrompt, sample: number): number => seedAt(stage, 'candidates', iteration, position, sample)
  const units = unitsOfStage(stage, {
    what: `responses of ${model.name}`,
    noun: 'prompts',
    nameOf: ({ position, text }) => `prompt ${position + 1} (${excerpt(text)})`,
    needsSome: true,
    rows: store.prompts.accepted(runId, iteration),
    samples: recipe.candidates.count,
    seed,
    isDone: ({ id }, sample) => isDone(id, sample),
    keep: (prompt, sample, { text, tokenIds, finishReason }: GenerateItem) =>
      store.candidates.add({ promptId: prompt.id, sample, text, tokens: tokenIds.length, finishReason, seed: seed(prompt, sample) }),
  })
  await generateMissing(stage, units, {
    model: model.path,
    sampling: samplingOf(recipe.candidates),
    input: ({ text }) => ({ prompt: text }),
    read: (item) => item,
  })
}
