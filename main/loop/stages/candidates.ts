import type { GenerateItem } from '../../shared/engine-protocol.ts'
import type { Recipe } from '../../shared/recipe.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import type { AcceptedPrompt } from '../../store/tables/prompts-table.ts'
import { modelNamed, type Stage } from '../run-context.ts'
import { excerpt, unitsOfStage } from '../stage-report.ts'
import { doneAmong, generateMissing, samplingOf, seedAt } from '../stage-work.ts'

/**
 * Samples N responses for every prompt of the iteration from the current model (paper, section 2.2: N = 4, T = 0.7, top-p = 0.9). The pair
 * rule `anchored` also needs N responses of M0, which follow the model's own.
 */
export async function sampleCandidates(stage: Stage, model: ModelRow): Promise<void> {
  const { candidates, pairs } = stage.recipe
  await sampleFrom(stage, model, { first: 0, author: null })
  if (pairs.rule === 'anchored') await sampleFrom(stage, modelNamed(stage, 'M0'), { first: candidates.count, author: 'M0' })
}

/** Candidates per prompt. */
export const candidatesPerPrompt = ({ candidates, pairs }: Pick<Recipe, 'candidates' | 'pairs'>): number =>
  candidates.count * (pairs.rule === 'anchored' ? 2 : 1)

interface Sampled {
  /** The number of the first one. */
  readonly first: number
  /** Per prompt. */
  readonly samples?: number
  /** Who wrote them; null: the iteration's own model. */
  readonly author: string | null
}

/** Samples candidates for the accepted prompts of the stage's iteration. */
export async function sampleFrom(
  stage: Stage,
  model: ModelRow,
  { first, author, samples = stage.recipe.candidates.count }: Sampled,
): Promise<void> {
  const { store, recipe, runId, iteration } = stage
  const isDone = doneAmong(store.candidates.ofIteration(runId, iteration).map(({ promptId, sample }) => [promptId, sample]))
  const seed = ({ position }: AcceptedPrompt, sample: number): number => seedAt(stage, 'candidates', iteration, position, first + sample)
  const units = unitsOfStage(stage, {
    what: `responses of ${model.name}`,
    noun: 'prompts',
    nameOf: ({ position, text }) => `prompt ${position + 1} (${excerpt(text)})`,
    needsSome: true,
    rows: store.prompts.accepted(runId, iteration),
    samples,
    seed,
    isDone: ({ id }, sample) => isDone(id, first + sample),
    keep: (prompt, sample, { text, tokenIds, finishReason }: GenerateItem) =>
      store.candidates.add({
        ...{ promptId: prompt.id, sample: first + sample, text, tokens: tokenIds.length, finishReason },
        ...{ seed: seed(prompt, sample), model: author },
      }),
  })
  await generateMissing(stage, units, {
    model: model.path,
    sampling: samplingOf(recipe.candidates),
    input: ({ text }) => ({ prompt: text }),
    read: (item) => item,
  })
}
