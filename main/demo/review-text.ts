import type { Task } from './grammar.ts'
import { requirements, verdicts } from './true-accuracy.ts'

/**
 * A review: each requirement's value followed by a tick, then the score. Repeating the value gives a small model the position to look up
 * the value from: reviews with bare ticks weren't learned.
 *
 *     n+ d+ ii- t+ 5+ Score: 4
 */
export const tickYes = '+'
export const tickNo = '-'

/** The line that requests a review, after the prompt and the answer. */
const reviewRequest = 'Review'

/** The role of a review's character, which determines its loss weight. */
export type ReviewPart = 'echo' | 'tick' | 'digit' | 'frame'

export interface Review {
  readonly text: string
  readonly parts: readonly ReviewPart[] // one per character
}

/** The review for some ticks: one per requirement, true if met. */
export function reviewOf(task: Task, ticks: readonly boolean[]): Review {
  const values = [task.first, task.last, task.has, task.no, String(task.length)]
  const parts: ReviewPart[] = []
  let text = ''
  const write = (piece: string, part: ReviewPart): void => {
    text += piece
    for (const _ of piece) parts.push(part)
  }
  for (let i = 0; i < requirements.length; i++) {
    write(values[i], 'echo')
    write(ticks[i] ? tickYes : tickNo, 'tick')
    write(' ', 'frame')
  }
  write('Score: ', 'frame')
  write(String(ticks.filter(Boolean).length), 'digit')
  return { text, parts }
}

/** The program's review. */
export const trueReview = (task: Task, answer: string): Review => reviewOf(task, verdicts(task, answer))

/** The text before an answer, as the chat template renders a user message. */
export const answerContext = (prompt: string): string => `${prompt}\n>`

/** The user message that requests a review of an answer (the filled-in judge prompt). */
export const reviewPrompt = (prompt: string, answer: string): string => `${answerContext(prompt)}${answer}\n${reviewRequest}`
