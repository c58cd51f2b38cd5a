import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceFile } from '../../common/replace-file.ts'
import { stepMetrics, type TrainItem } from '../protocol.ts'

const stepItem = z.object({ kind: z.literal('step'), step: z.int(), metrics: stepMetrics })
type StepItem = z.infer<typeof stepItem>
type StartedItem = Extract<TrainItem, { kind: 'started' }>

/**
 * The metrics of a training's steps, kept beside its checkpoints. A step is written here before any checkpoint that
 * contains it, so whoever goes on from a checkpoint can be told all that led to it, even where the one who was told
 * first was killed before writing it down.
 */
export function trainJournal(checkpoints: string) {
  const path = join(checkpoints, 'steps.jsonl')
  let tokens = 0 // seen by the steps so far

  return {
    /** Write a step down. Returns how many tokens it saw. */
    append(item: StepItem): number {
      mkdirSync(checkpoints, { recursive: true })
      appendFileSync(path, `${JSON.stringify(item)}\n`)
      const before = tokens
      tokens = item.metrics.num_tokens ?? before
      return tokens - before
    },
    /** The steps before the place where a training starts. Later ones are forgotten: they will be done again. */
    before({ steps, resumedFrom }: StartedItem): StepItem[] {
      const wasComplete = steps === 0 // an earlier start finished the training
      const known = readSteps(path).filter(({ step }) => wasComplete || step <= resumedFrom)
      if (existsSync(path)) replaceFile(path, known.map((item) => `${JSON.stringify(item)}\n`).join(''))
      tokens = known.at(-1)?.metrics.num_tokens ?? 0
      return known
    },
  }
}

const readSteps = (path: string): StepItem[] => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').flatMap(readStep) : [])

/** A line may be torn where the process was killed while it wrote. */
function readStep(line: string): StepItem[] {
  try {
    return [stepItem.parse(JSON.parse(line))]
  } catch {
    return []
  }
}
