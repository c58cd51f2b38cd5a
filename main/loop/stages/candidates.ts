import type { GenerateItem, Sampling } from '../../shared/engine-protocol.ts'
import type { Recipe } from '../../shared/recipe.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import type { AcceptedPrompt } from '../../store/tables/prompts-table.ts'
import { modelNamed, type Stage } from '../run-context.ts'
import { inRole } from '../run-engines.ts'
import { excerpt, unitsOfStage } from '../stage-report.ts'
import { generateMissing, samplingOf, seedAt } from '../stage-work.ts'
import { addSeedAnswers } from './seed-answers.ts'

/**
 * Samples responses for every prompt of the iteration from the current model (paper, section 2.2: N = 4, T = 0.7, top-p = 0.9). The pair
 * rule `anchored` also needs N responses of M0, and SPIN the seed data's; these follow the model's own.
 */
export async function sampleCandidates(stage: Stage, model: ModelRow): Promise<void> {
  const { recipe } = stage
  const own = ownPerPrompt(recipe)
  await sampleFrom(stage, model, { first: 0, samples: own, author: null, sampling: ownSampling(recipe) })
  if (recipe.method === 'spin') await addSeedAnswers(stage, model, own)
  if (hasAnchors(recipe)) await sampleFrom(stage, modelNamed(stage, 'M0'), { first: own, samples: own, author: 'M0' })
}

type Counted = Pick<Recipe, 'method' | 'candidates' | 'pairs' | 'self_sft'>

const hasAnchors = ({ method, pairs }: Counted): boolean => method === 'self-rewarding' && pairs.rule === 'anchored'

/** Responses of the iteration's model per prompt. SPIN compares a single one with the seed data's (Chen et al. 2024). */
export function ownPerPrompt({ method, candidates, self_sft }: Counted): number {
  if (method === 'spin') return 1
  return method === 'self-sft' ? self_sft.samples : candidates.count
}

/** Candidates per prompt, by any author. */
export function candidatesPerPrompt(recipe: Counted): number {
  const own = ownPerPrompt(recipe)
  if (recipe.method === 'spin') return own + 1
  return hasAnchors(recipe) ? 2 * own : own
}

/** How the iteration's model samples. */
function ownSampling({ method, candidates, self_sft: { temperature, top_p, top_k } }: Recipe): Sampling {
  return samplingOf(method === 'self-sft' ? { ...candidates, temperature, top_p, top_k } : candidates)
}

interface Sampled {
  /** The number of the first one. */
  readonly first: number
  /** Per prompt. */
  readonly samples: number
  readonly sampling?: Sampling
  /** Who wrote them; null: the iteration's own model. */
  readonly author: string | null
}

/** Samples candidates for the accepted prompts of the stage's iteration. */
export async function sampleFrom(
  stage: Stage,
  model: ModelRow,
  { first, author, samples, sampling = samplingOf(stage.recipe.candidates) }: Sampled,
): Promise<void> {
  const { store, runId, iteration } = stage
  const seed = ({ position }: AcceptedPrompt, sample: number): number => seedAt(stage, 'candidates', iteration, position, first + sample)
  const units = unitsOfStage(stage, {
    what: `responses of ${model.name}`,
    noun: 'prompts',
    nameOf: ({ position, text }) => `prompt ${position + 1} (${excerpt(text)})`,
    needsSome: true,
    extent: { rows: store.counts.prompts(runId, iteration).accepted, done: store.candidates.count(runId, iteration, first, samples) },
    rows: promptsToAnswer(stage),
    samples,
    seed,
    isDone: ({ answered }, sample) => answered.has(first + sample),
    keep: (prompt, sample, { text, tokenIds, finishReason }: GenerateItem) =>
      store.candidates.add({
        ...{ promptId: prompt.id, sample: first + sample, text, tokens: tokenIds.length, finishReason },
        ...{ seed: seed(prompt, sample), model: author },
      }),
  })
  await generateMissing(inRole(stage, 'answers'), units, {
    model: model.path,
    sampling,
    input: ({ text }) => ({ prompt: text }),
    read: (item) => item,
  })
}

/** An accepted prompt, and the numbers of its candidates. */
interface PromptToAnswer extends AcceptedPrompt {
  readonly answered: ReadonlySet<number>
}

/** The iteration's prompts, read a span at a time. */
function* promptsToAnswer({ store, runId, iteration }: Stage): Generator<PromptToAnswer> {
  for (const span of store.prompts.spans(runId, iteration)) {
    const known = Map.groupBy(store.candidates.keys(runId, iteration, span), ({ promptId }) => promptId)
    for (const prompt of store.prompts.accepted(runId, iteration, span)) {
      yield { ...prompt, answered: new Set(known.get(prompt.id)?.map(({ sample }) => sample)) }
    }
  }
}
