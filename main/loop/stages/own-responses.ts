import type { SftRow } from '../../shared/engine-protocol.ts'
import type { Stage } from '../run-context.ts'
import { cutResponses, demonstrationRow } from './train-model.ts'

/** The iteration's responses as rows to fine-tune on, in prompt order. */
export function ownResponses(stage: Stage): SftRow[] {
  const { store, runId, iteration } = stage
  const isCut = cutResponses(stage, iteration)
  return store.candidates.ofIteration(runId, iteration).map(({ instruction, text }) => demonstrationRow(instruction, text, isCut))
}
