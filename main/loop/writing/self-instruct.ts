import { badInput } from '../../common/errors.ts'
import { deriveSeed, permutation } from '../../common/random.ts'
import { readContinuation, selfInstructPrompt } from '../../data/self-instruct.ts'
import type { ModelRow } from '../../store/models.ts'
import type { Stage } from '../context.ts'
import { seedAt } from '../seeds.ts'
import { complete, notAsked, type PromptWriter } from './prompt-writer.ts'

/** 8-shot self-instruct: 6 demonstrations from the seed data and 2 the model made, in an order drawn for each request. */
export function selfInstruct(stage: Stage, author: ModelRow): PromptWriter {
  const { store, recipe, runId, iteration } = stage
  const seeds = store.examples.ofKind(runId, 'demonstration').map(({ instruction }) => instruction)
  if (seeds.length === 0) {
    throw badInput('The recipe asks for self-instruct prompts but the seed data holds no tasks to show.', 'Name a file in seed_data.ift.')
  }
  return {
    isSure: false,
    left: () => Number.POSITIVE_INFINITY,
    async round(round, size) {
      const made = Array.from({ length: iteration }, (_, i) => store.prompts.accepted(runId, i + 1)).flat()
      const shown = Array.from({ length: size }, (_, place) =>
        demonstrationsFor(
          seedAt(stage, 'demonstrations', iteration, round, place),
          seeds,
          made.map(({ text }) => text),
          recipe.prompts.demonstrations,
        ),
      )
      const inputs = shown.map((tasks) => {
        const text = selfInstructPrompt(tasks)
        return recipe.prompts.form === 'text' ? { text } : { prompt: text }
      })
      const next = recipe.prompts.demonstrations.seed + recipe.prompts.demonstrations.generated + 1
      const stop = recipe.prompts.form === 'text' ? [`\n${next + 1}.`] : []
      const items = await complete(stage, author, round, inputs, stop)
      return items.map((item, i) => {
        if ('leftOut' in item) return notAsked(item, shown[i])
        const { text, finishReason } = item
        const read = readContinuation(text, shown[i].length + 1, finishReason)
        return read.task === null
          ? { text, demonstrations: shown[i], unreadable: read.reason }
          : { text: read.task, demonstrations: shown[i] }
      })
    },
  }
}

/** Draw the demonstrations of one request. Where the model has not made enough prompts yet, seed tasks take their places. */
function demonstrationsFor(
  seed: number,
  seeds: readonly string[],
  made: readonly string[],
  counts: { readonly seed: number; readonly generated: number },
): string[] {
  const generated = permutation(made.length, deriveSeed(seed, 'generated')).slice(0, counts.generated)
  const own = permutation(seeds.length, deriveSeed(seed, 'seeds')).slice(0, counts.seed + counts.generated - generated.length)
  const drawn = [...own.map((i) => seeds[i]), ...generated.map((i) => made[i])]
  return permutation(drawn.length, deriveSeed(seed, 'order')).map((i) => drawn[i])
}
