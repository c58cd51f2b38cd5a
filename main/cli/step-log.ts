import { appendFileSync } from 'node:fs'
import { replaceFile } from '../common/replace-file.ts'
import type { StepMetrics } from '../shared/engine-protocol.ts'
import type { TrainTask } from '../shared/train-config.ts'

/** The first keys of a log row, in order. Other metrics follow. */
const columns = {
  sft: ['loss', 'grad_norm', 'learning_rate', 'mean_token_accuracy', 'entropy', 'num_tokens'],
  dpo: [
    ...['loss', 'grad_norm', 'learning_rate', 'rewards/chosen', 'rewards/rejected', 'rewards/margins', 'rewards/accuracies'],
    ...['logps/chosen', 'logps/rejected', 'num_tokens'],
  ],
}

export interface StepLog {
  /** Clears the log when training starts or resumes, because the engine then reports every step so far again. */
  begin(): void
  append(step: number, metrics: StepMetrics): void
}

/** A training log: one JSON object per optimizer step, appended as training proceeds. */
export const stepLog = (path: string, task: TrainTask): StepLog => ({
  begin: () => replaceFile(path, ''),
  append: (step, metrics) => appendFileSync(path, `${JSON.stringify(logRow(step, metrics, task))}\n`),
})

function logRow(step: number, { seconds, ...metrics }: StepMetrics, task: TrainTask): Record<string, number> {
  const first = columns[task].filter((name) => name in metrics).map((name) => [name, metrics[name]])
  return { step, seconds, ...Object.fromEntries(first), ...metrics }
}
