import { generators } from '../../common/random.ts'
import type { ExampleRow } from '../../store/tables/examples-table.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import { note, type Stage } from '../run-context.ts'
import { seedAt } from '../stage-work.ts'

/** Who wrote the seed data's responses, in place of a model's name. */
const author = 'seed data'

/** A seed example whose response is compared with the model's own. */
type AnsweredExample = ExampleRow & { readonly response: string }

/**
 * The seed examples of a SPIN iteration, at most `prompts.count`, drawn with the seed for each iteration and kept in their order.
 * Conversations have no single prompt to answer, so they aren't used.
 */
function drawnExamples(stage: Stage): { drawn: AnsweredExample[]; conversations: number } {
  const { store, runId, recipe, iteration } = stage
  const examples = store.examples.ofKind(runId, 'ift')
  const usable = examples.filter((example): example is AnsweredExample => example.conversation === null && example.response !== null)
  const order = generators[recipe.random].permutation(usable.length, seedAt(stage, 'spin', iteration))
  const chosen = new Set(order.slice(0, recipe.prompts.count))
  return { drawn: usable.filter((_, i) => chosen.has(i)), conversations: examples.length - usable.length }
}

/** The iteration's prompts are the seed examples' own (Chen et al. 2024, SPIN). Stored in one transaction. */
export function takeSeedPrompts(stage: Stage): void {
  const { store, runId, iteration } = stage
  if (store.prompts.rounds(runId, iteration).rounds > 0) return
  const { drawn, conversations } = drawnExamples(stage)
  if (conversations > 0)
    note(stage, `${conversations} of the seed examples are conversations and have no single prompt, so they aren't used.`)
  store.transaction(() => {
    store.prompts.addRound(runId, iteration, 0, drawn.length)
    drawn.forEach(({ instruction }, position) => {
      const unfiltered = { reason: null, similarity: null, similarTo: null, demonstrations: [], requirements: [] }
      store.prompts.add(runId, { iteration, round: 0, place: position, text: instruction, position, ...unfiltered })
    })
  })
}

/** Adds the seed data's response to each prompt as a candidate with the number `sample`, in one transaction. */
export async function addSeedAnswers(stage: Stage, model: ModelRow, sample: number): Promise<void> {
  const { store, engines, runId, iteration } = stage
  const prompts = store.prompts.accepted(runId, iteration)
  const answers = drawnExamples(stage).drawn.map(({ response }) => response)
  if (prompts.length === 0) return
  const lengths = await engines.of('answers').tokenize({ model: model.path, texts: answers, special: false })
  store.transaction(() => {
    prompts.forEach(({ id: promptId }, i) => {
      const [text, tokens] = [answers[i], lengths[i].length]
      store.candidates.add({ promptId, sample, text, tokens, finishReason: 'stop', seed: 0, model: author })
    })
  })
}

/**
 * Pairs each seed response (chosen) with the model's own (rejected). No judge has rated them, so they have no rewards. Where both are the
 * same text, the model writes the seed data already, and there is no pair.
 */
export function pairWithSeedAnswers({ store, runId, iteration }: Stage): void {
  store.transaction(() => {
    for (const span of store.prompts.spans(runId, iteration)) {
      const candidates = Map.groupBy(store.candidates.ofIteration(runId, iteration, span), ({ promptId }) => promptId)
      for (const [promptId, ofPrompt] of candidates) {
        const [own, seed] = [ofPrompt.find(({ model }) => model === null), ofPrompt.find(({ model }) => model === author)]
        if (own === undefined || seed === undefined || own.text.trim() === seed.text.trim()) continue
        store.pairs.add({ promptId, chosenId: seed.id, rejectedId: own.id, chosenReward: null, rejectedReward: null })
      }
    }
  })
}
