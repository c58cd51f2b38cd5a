import type { SftRow } from '../../shared/engine-protocol.ts'
import type { Stage } from '../run-context.ts'
import { demonstrationRow } from './train-model.ts'

/** The iteration's responses as rows to fine-tune on, in prompt order. */
export const ownResponses = ({ store, runId, iteration }: Stage): SftRow[] =>
  store.candidates
    .ofIteration(runId, iteration)
    .map(({ instruction, text, finishReason }) => demonstrationRow(instruction, text, finishReason === 'length'))
