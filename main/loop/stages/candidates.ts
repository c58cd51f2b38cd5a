import type { ModelRow } from '../../store/tables/models-table.ts'
import { generateMissing, missingOf, samplingOf } from '../generate-texts.ts'
import { excerpt, leftOutRows, reportLeftOut } from '../left-out-rows.ts'
import type { Stage } from '../run-context.ts'
import { seedAt } from '../seeds.ts'
import { progressOf } from '../stage-progress.ts'
import { samplesDone } from './judge-candidates.ts'

/** Samples N responses for every prompt of the iteration from the current model (paper, section 2.2: N = 4, T = 0.7, top-p = 0.9). */
export async function sampleCandidates(stage: Stage, model: ModelRow): Promise<void> {
  const { store, recipe, runId, iteration } = stage
  const { count } = recipe.candidates
  const done = samplesByPrompt(stage)
  const rows = store.prompts.accepted(runId, iteration).map((prompt) => ({
    prompt,
    input: { prompt: prompt.text },
    seeds: Array.from({ length: count }, (_, sample) => seedAt(stage, 'candidates', iteration, prompt.position, sample)),
    missing: missingOf(count, done.get(prompt.id)),
  }))
  const missing = rows.reduce((sum, row) => sum + row.missing.size, 0)
  const progress = progressOf(stage, `responses of ${model.name}`, rows.length * count, rows.length * count - missing)
  const leftOut = leftOutRows<(typeof rows)[number]>(
    'prompts',
    rows.length,
    ({ prompt }) => `prompt ${prompt.position + 1} (${excerpt(prompt.text)})`,
  )
  await generateMissing(stage, {
    model: model.path,
    sampling: samplingOf(recipe.candidates),
    rows,
    keep: ({ prompt, seeds }, { sample, text, tokenIds, finishReason }) => {
      store.candidates.add({ promptId: prompt.id, sample, text, tokens: tokenIds.length, finishReason, seed: seeds[sample] })
      progress.add()
    },
    leaveOut: leftOut.add,
  })
  progress.end()
  reportLeftOut(stage, leftOut, { total: rows.length, needs: true })
}

const samplesByPrompt = ({ store, runId, iteration }: Stage): Map<number, Set<number>> =>
  samplesDone(store.candidates.ofIteration(runId, iteration).map(({ promptId, sample }) => ({ subjectId: promptId, sample })))
