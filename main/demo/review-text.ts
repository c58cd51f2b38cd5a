import type { Task } from './grammar.ts'
import { requirements, verdicts } from './program-check.ts'

/**
 * A review: each requirement's value is repeated, followed by a tick, then the score. Repeating the value gives a small
 * model the position from which to look for it in the answer: reviews with bare ticks were not learned.
 *
 *     n+ d+ ii- t+ 5+ Score: 4
 */
export const tickYes = '+'
export const tickNo = '-'

/** What asks for a review, under the prompt and the answer. */
export const reviewRequest = 'Review'

/** What a character of a review is, and so how much it weighs in a loss. */
export type ReviewPart = 'echo' | 'tick' | 'digit' | 'frame'

export interface Review {
  readonly text: string
  readonly parts: readonly ReviewPart[] // one per character
}

/** The review that says what `ticks` says: one per requirement, true for satisfied. */
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

/** The review the program would write. */
export const trueReview = (task: Task, answer: string): Review => reviewOf(task, verdicts(task, answer))

/** The text a model continues with an answer; the chat template renders a user's message so. */
export const answerContext = (prompt: string): string => `${prompt}\n>`

/** The user's message that asks for a review of an answer (the judge prompt, filled in). */
export const reviewPrompt = (prompt: string, answer: string): string => `${answerContext(prompt)}${answer}\n${reviewRequest}`
