import { importInThread } from '../../data/import-thread.ts'
import { promptsOf, requirementsOf } from '../../data/imported.ts'
import { badInput } from '../../shared/errors.ts'
import type { Stage } from '../run-context.ts'
import type { PromptWriter } from './prompt-writer.ts'

/** Takes prompts, with the requirements that they come with, from a file in order; each iteration continues where the previous one stopped. */
export async function fromFile({ store, recipe, runId, iteration }: Stage): Promise<PromptWriter> {
  const { file } = recipe.prompts
  if (file === null) throw badInput('The recipe takes prompts from a file, but prompts.file is missing.', 'Set prompts.file.')
  const imported = await importInThread(file)
  const all = promptsOf(imported)
  const used = Array.from({ length: iteration - 1 }, (_, i) => store.prompts.rounds(runId, i + 1).requests).reduce((sum, n) => sum + n, 0)
  return {
    isSure: true,
    left: (requests) => Math.max(0, all.length - used - requests),
    round: async (_, size, before) =>
      all
        .slice(used + before, used + before + size)
        .map((text) => ({ text, demonstrations: [], requirements: requirementsOf(imported, text) })),
  }
}
