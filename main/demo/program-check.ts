import type { Task } from './grammar.ts'

/** The five requirements, in prompt order. */
export const requirements = ['first', 'last', 'has', 'no', 'long'] as const
export type Requirement = (typeof requirements)[number]

/**
 * The requirements that an answer meets. This program is the demo's external referee: it grades the seed data's reviews and measures the
 * finished models. The self-rewarding loop never calls it.
 */
export function verdicts(task: Task, answer: string): boolean[] {
  return [
    answer[0] === task.first,
    answer.at(-1) === task.last,
    answer.includes(task.has),
    answer !== '' && !answer.includes(task.no),
    answer.length === task.length,
  ]
}

/** The true score, 0 .. 5. */
export const trueScore = (task: Task, answer: string): number => verdicts(task, answer).filter(Boolean).length
