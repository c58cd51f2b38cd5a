import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceFile } from '../../common/replace-file.ts'
import { stepMetrics, type TrainItem } from '../../shared/engine-protocol.ts'

const stepItem = z.object({ kind: z.literal('step'), step: z.int(), metrics: stepMetrics })
type StepItem = z.infer<typeof stepItem>
type StartedItem = Extract<TrainItem, { kind: 'started' }>

/**
 * Step metrics of a training, stored next to its checkpoints. Each step is written before any checkpoint that contains it, so resuming from
 * a checkpoint can report all earlier steps again, even if the previous owner was killed before storing them.
 */
export function trainingLog(checkpoints: string) {
  const path = join(checkpoints, 'steps.jsonl')
  let tokens = 0 // seen so far

  return {
    /** Append a step. Returns the number of tokens in it. */
    append(item: StepItem): number {
      mkdirSync(checkpoints, { recursive: true })
      appendFileSync(path, `${JSON.stringify(item)}\n`)
      const before = tokens
      tokens = item.metrics.num_tokens ?? before
      return tokens - before
    },
    /** Steps before the one that training starts from. Later steps are dropped because they will run again. */
    before({ steps, resumedFrom }: StartedItem): StepItem[] {
      const wasComplete = steps === 0 // an earlier process finished the training
      const known = readSteps(path).filter(({ step }) => wasComplete || step <= resumedFrom)
      if (existsSync(path)) replaceFile(path, known.map((item) => `${JSON.stringify(item)}\n`).join(''))
      tokens = known.at(-1)?.metrics.num_tokens ?? 0
      return known
    },
  }
}

const readSteps = (path: string): StepItem[] => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').flatMap(readStep) : [])

/** The last line may be incomplete if the process was killed while writing it. */
function readStep(line: string): StepItem[] {
  try {
    return [stepItem.parse(JSON.parse(line))]
  } catch {
    return []
  }
}
