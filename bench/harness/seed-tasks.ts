import { readFileSync } from 'node:fs'
import { resourceFile } from '../../main/common/resources.ts'

/** An instruction with a human answer. */
export interface SeedTask {
  readonly prompt: string
  readonly response: string
}

interface SeedTaskLine {
  readonly instruction: string
  readonly instances: readonly { readonly input: string; readonly output: string }[]
}

/** The first seed tasks that ship with Laurel; a task's input is appended to its instruction. */
export function seedTasks(count: number): SeedTask[] {
  const lines = readFileSync(resourceFile('seed-data', 'self-instruct-seed-tasks.jsonl'), 'utf8').trim().split('\n')
  return lines.slice(0, count).map((line) => {
    const { instruction, instances } = JSON.parse(line) as SeedTaskLine
    const { input, output } = instances[0]
    return { prompt: input === '' ? instruction : `${instruction}\n${input}`, response: output }
  })
}
