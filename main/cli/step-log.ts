import { appendFileSync } from 'node:fs'
import { replaceFile } from '../common/replace-file.ts'
import type { StepMetrics } from '../engine/protocol.ts'

/** Keys of a log row, in this order; other metrics follow. */
const columns = {
  sft: ['loss', 'grad_norm', 'learning_rate', 'mean_token_accuracy', 'entropy', 'num_tokens'],
  dpo: [
    ...['loss', 'grad_norm', 'learning_rate', 'rewards/chosen', 'rewards/rejected', 'rewards/margins', 'rewards/accuracies'],
    ...['logps/chosen', 'logps/rejected', 'num_tokens'],
  ],
}

export interface StepLog {
  /** The training begins, or goes on: every step so far is about to be told (again). */
  begin(): void
  append(step: number, metrics: StepMetrics): void
}

/** A training's log: one JSON object for each optimiser step, appended as it happens. */
export const stepLog = (path: string, task: 'sft' | 'dpo'): StepLog => ({
  begin: () => replaceFile(path, ''),
  append: (step, metrics) => appendFileSync(path, `${JSON.stringify(logRow(step, metrics, task))}\n`),
})

function logRow(step: number, { seconds, ...metrics }: StepMetrics, task: 'sft' | 'dpo'): Record<string, number> {
  const first = columns[task].filter((name) => name in metrics).map((name) => [name, metrics[name]])
  return { step, seconds, ...Object.fromEntries(first), ...metrics }
}
