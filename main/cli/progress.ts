import { appendFileSync } from 'node:fs'
import { replaceFile } from '../common/replace-file.ts'
import type { StepMetrics } from '../shared/engine-protocol.ts'
import type { TrainTask } from '../shared/train-config.ts'

/** Milliseconds between two reports. A terminal overwrites the line; elsewhere, lines pile up. */
const pace = { terminal: 200, file: 10_000 }

export interface Progress {
  /** Reports the number done. `detail` is appended to the line. */
  update(done: number, detail?: string): void
  /** Prints the final line, which stays on the screen. */
  finish(detail?: string): void
}

/** Progress of a long command on standard error, such as `responses 12/64 (19%)`. */
export function progressLine(label: string, total: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  const interval = stream.isTTY ? pace.terminal : pace.file
  let lastShown = performance.now()
  let last = 0

  const show = (detail: string, final: boolean) => {
    const share = total === 0 ? '' : ` (${Math.floor((100 * last) / total)}%)`
    const text = `${label} ${last}/${total}${share}${detail && `, ${detail}`}`
    stream.write(stream.isTTY ? `\r\u001b[K${text}${final ? '\n' : ''}` : `${text}\n`)
  }

  return {
    update(done, detail = '') {
      last = done
      if (performance.now() - lastShown < interval) return
      lastShown = performance.now()
      show(detail, false)
    },
    finish: (detail = '') => show(detail, true),
  }
}

/** The first keys of a log row, in order. Other metrics follow. */
const columns = {
  sft: ['loss', 'grad_norm', 'learning_rate', 'mean_token_accuracy', 'entropy', 'num_tokens'],
  dpo: [
    ...['loss', 'grad_norm', 'learning_rate', 'rewards/chosen', 'rewards/rejected', 'rewards/margins', 'rewards/accuracies'],
    ...['logps/chosen', 'logps/rejected', 'num_tokens'],
  ],
  reward: [
    ...['loss', 'grad_norm', 'learning_rate', 'rewards/chosen', 'rewards/rejected', 'rewards/margins', 'rewards/accuracies'],
    ...['probabilities/chosen', 'probabilities/rejected', 'num_tokens'],
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
