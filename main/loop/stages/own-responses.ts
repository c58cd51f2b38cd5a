import type { SftRow } from '../../shared/engine-protocol.ts'
import type { Stage } from '../run-context.ts'
import { demonstrationRow } from './train-model.ts'

/** The iteration's responses as rows to fine-tune on, in prompt order. */
export function ownResponses({ store, runId, iteration }: Stage): SftRow[] {
  const rows: SftRow[] = []
  for (const span of store.prompts.spans(runId, iteration)) {
    for (const { instruction, text, finishReason } of store.candidates.ofIteration(runId, iteration, span))
      rows.push(demonstrationRow(instruction, text, finishReason === 'length'))
  }
  return rows
}
