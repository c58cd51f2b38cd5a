import { generators } from '../../main/common/random.ts'
import type { Stage } from '../../main/loop/run-context.ts'
import { makePairs } from '../../main/loop/stages/make-pairs.ts'
import { type RecipeInput, recipe as recipeSchema } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'

const { uniform } = generators.murmur

export interface ReviewRunOptions {
  readonly prompts: number
  readonly status?: 'waiting-for-review' | 'finished'
  readonly name?: string
  /** Writes a response (short by default). */
  readonly answer?: (prompt: number, sample: number) => string
  readonly question?: (prompt: number) => string
  /** How pairs are made (best against worst by default). */
  readonly pairs?: RecipeInput['pairs']
}

const openings = ['Explain how', 'Compare why', 'Describe when', 'List where']
const subjects = 'tides bridges bread glaciers clocks markets rivers kites orchards lenses'.split(' ')
const questionOf = (n: number): string => `${openings[n % 4]} ${subjects[n % 10]} change over ${2 + (n % 97)} years (question ${n}).`

/**
 * A run that has formed the pairs of its first iteration, written directly into the store: prompts with three candidates each, three
 * judgements of each candidate, and pairs by the rule. Scores are a function of the indices, so that tests know them.
 */
export function makeReviewRun(
  store: Store,
  { prompts, status = 'waiting-for-review', name = 'to review', pairs, ...texts }: ReviewRunOptions,
): string {
  const { question = questionOf, answer = (n, sample) => `Answer ${sample} to question ${n}.` } = texts
  const recipe = recipeSchema.parse({ name, base_model: '/models/none', review: { wait: true }, ...(pairs && { pairs }) })
  const runId = store.runs.create({ name, recipe })
  store.transaction(() => {
    for (let n = 0; n < prompts; n++) addPrompt(store, runId, n, question(n))
    for (const { id: promptId, position } of store.prompts.accepted(runId, 1)) {
      for (const sample of [0, 1, 2]) {
        store.candidates.add({
          promptId,
          sample,
          text: answer(position, sample),
          tokens: 10,
          finishReason: sample === 2 && position % 7 === 0 ? 'length' : 'stop',
          seed: 0,
        })
      }
    }
    for (const { id, position, sample } of store.candidates.ofIteration(runId, 1)) judge(store, id, position, sample)
    makePairs({ store, recipe, runId, iteration: 1 } as Stage)
    store.stages.begin(runId, 1, 'pairs')
    store.stages.finish(runId, 1, 'pairs', {})
    store.runs.setPlace(runId, 1, 'review')
    store.jobs.end(runId, { state: status, error: null })
  })
  return runId
}

const addPrompt = (store: Store, runId: string, n: number, text: string): void =>
  store.prompts.add(runId, {
    ...{ iteration: 1, round: 0, place: n, text, position: n },
    ...{ reason: null, similarity: null, similarTo: null, demonstrations: [], requirements: [] },
  })

/** Three judgements, one in twelve unreadable. Every tenth prompt's are all the same, so that it forms no pair. */
function judge(store: Store, candidateId: number, position: number, sample: number): void {
  for (const k of [0, 1, 2]) {
    const luck = (place: number): number => uniform(position * 9 + sample * 3 + k, place)
    const score =
      position % 10 === 9
        ? 3
        : luck(0) < 1 / 12
          ? null
          : Math.min(5, Math.max(0, Math.round(2.5 + 1.6 * uniform(position, sample) + 2 * (luck(1) - 0.5))))
    const text =
      score === null
        ? 'The response is fine, I think, and there is not much more to say about it.'
        : `The response addresses the question${score > 3 ? ' directly and is well organised' : ', but leaves part of it open'}. Its examples help a reader.\n\nScore: ${score}`
    store.judgements.add({ candidateId }, { judge: 'M1', sample: k, text, score })
  }
}
