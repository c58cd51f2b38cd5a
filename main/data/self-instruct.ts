import type { FinishReason } from '../shared/engine-protocol.ts'

const unreadableReasons = ['empty', 'unfinished', 'input-missing'] as const
type UnreadableReason = (typeof unreadableReasons)[number]

/** A continuation's new task, or the reason there is none. */
type Continuation = { readonly task: string; readonly reason: null } | { readonly task: null; readonly reason: UnreadableReason }

/**
 * The text that a model continues with a new task (Wang et al. 2022, Self-Instruct): a heading, the demonstrations numbered from 1, and the
 * next number. Each demonstration is one line, so that the end of a new task can be detected.
 */
export function selfInstructPrompt(demonstrations: readonly string[]): string {
  const lines = demonstrations.map((task, i) => `${i + 1}. ${oneLine(task)}`)
  return `Come up with a series of tasks:\n\n${[...lines, `${lines.length + 1}.`].join('\n')}`
}

const oneLine = (task: string): string => task.replace(/\s+/gu, ' ').trim().replace(/:$/u, '')

/** A horizontal rule, or a heading mark. */
const separator = /^\s*(?:[-=*_#~]{3,}\s*$|#{1,6}\s)/u
/** The start of an answer or of another speaker. */
const answerStart = /^\s*[*_]*(?:answer|response|output|solution|reply|assistant|user|human)\b[*_]*\s*[*_]*:/iu
/** A chat format's control tokens, which a model may write as text. */
const controlText = /<\|[a-z_]+\|>|<\/?s>|\[\/?INST\]/u
const number = /^\s*[*_]*(?:task\s*)?(?:#\s*)?(\d{1,3})\s*[.):](?:\s|[*_]|$)/iu

/**
 * The first new task in a model's continuation of `selfInstructPrompt`. Stronger models continue with more numbered tasks, then a
 * separator, then answers; everything after the first task is dropped. A task is one line, except that a line ending in a colon includes
 * the lines up to the next blank one (the input it announces). `next` is the number at the end of the prompt. A truncated text counts only
 * if the end of the task is visible.
 */
export function readContinuation(text: string, next: number, finishReason: FinishReason = 'stop'): Continuation {
  const visible = text.split(controlText)[0]
  const cut = visible.length < text.length
  const { lines, ended } = firstTask(afterPreamble(visible, next), next)
  const task = undress(lines.join('\n'))
  if (finishReason === 'length' && !ended && !cut) return { task: null, reason: 'unfinished' }
  if (!/[\p{L}\p{N}]/u.test(task)) return { task: null, reason: 'empty' }
  if (task.endsWith(':')) return { task: null, reason: 'input-missing' }
  return { task, reason: null }
}

/** Skips a chat model's announcement ("Sure, here is another task:") and repeated number before the task. */
function afterPreamble(text: string, next: number): string[] {
  const lines = text.replace(/\r\n?/gu, '\n').trimStart().split('\n')
  const start = lines.findIndex((line) => Number(number.exec(line)?.[1]) === next)
  const announced = start > 0 && lines.slice(0, start).every((line) => line.trim() === '' || line.trimEnd().endsWith(':'))
  return announced ? lines.slice(start) : lines
}

/**
 * The lines of the first task, and whether later text shows that it ended. After a colon, a number smaller than the task's own belongs to a
 * list in the task's input, not to another task.
 */
function firstTask(lines: readonly string[], next: number): { lines: string[]; ended: boolean } {
  const task: string[] = []
  for (const line of lines) {
    const started = task.length > 0
    if (line.trim() === '' && !started) continue
    const single = started && !task[0].trimEnd().endsWith(':')
    const another = started && Number(number.exec(line)?.[1]) >= next
    if (single || another || line.trim() === '' || separator.test(line) || answerStart.test(line)) return { lines: task, ended: true }
    const [own, cut] = splitAtNumber(started ? line : line.replace(number, ''), next + 1)
    task.push(own.trim())
    if (cut) return { lines: task, ended: true }
  }
  return { lines: task, ended: false }
}

/** Cuts a line where the next task starts on it ("Write a poem. 10. Name three rivers."). */
function splitAtNumber(line: string, following: number): [text: string, cut: boolean] {
  const at = line.search(new RegExp(`(?<=[.!?:"'”)])\\s+${following}[.)]\\s+\\p{Lu}`, 'u'))
  return at === -1 ? [line, false] : [line.slice(0, at), true]
}

/** Removes bold marks or quotation marks around the whole task. */
function undress(task: string): string {
  const text = task.trim()
  const wrapped = /^(\*\*|__|["“”])([^"“”]*?)(\*\*|__|["“”])$/su.exec(text)
  const matches = wrapped !== null && (wrapped[1] === wrapped[3] || '“”'.includes(wrapped[1])) && !wrapped[2].includes(wrapped[1])
  return matches ? wrapped[2].trim() : text
}
