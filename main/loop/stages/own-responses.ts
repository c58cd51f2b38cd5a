import type { SftRow } from '../../shared/engine-protocol.ts'
import { note, type Stage } from '../run-context.ts'
import { demonstrationRow } from './train-model.ts'

/**
 * The iteration's responses as rows to fine-tune on, in prompt order. Those that were cut off at the token limit would teach the model to end
 * in the middle of a sentence, so they are left out.
 */
export function ownResponses(stage: Stage): SftRow[] {
  const { store, runId, iteration } = stage
  const all = store.candidates.ofIteration(runId, iteration)
  const finished = all.filter(({ finishReason }) => finishReason === 'stop')
  const cut = all.length - finished.length
  if (cut > 0) note(stage, `${cut} of ${all.length} responses were cut off at the token limit and are left out of the training.`)
  return finished.map(({ instruction, text }) => demonstrationRow(instruction, text))
}
