/** How a text ended: by itself, or because no more tokens were allowed. */
type FinishReason = 'stop' | 'length'

export const unreadableReasons = ['empty', 'unfinished', 'input-missing'] as const
export type UnreadableReason = (typeof unreadableReasons)[number]

/** What a continuation holds: a new task, or why it holds none. */
export type Continuation = { readonly task: string; readonly reason: null } | { readonly task: null; readonly reason: UnreadableReason }

/**
 * The text a model continues with a new task (Wang et al. 2022, Self-Instruct): a heading, the demonstrations numbered
 * from 1, and the next number. Each demonstration is one line, which is what lets the end of a new task be seen.
 */
export function selfInstructPrompt(demonstrations: readonly string[]): string {
  const lines = demonstrations.map((task, i) => `${i + 1}. ${oneLine(task)}`)
  return `Come up with a series of tasks:\n\n${[...lines, `${lines.length + 1}.`].join('\n')}`
}

const oneLine = (task: string): string => task.replace(/\s+/gu, ' ').trim().replace(/:$/u, '')

/** A rule across the page, or a heading mark. */
const separator = /^\s*(?:[-=*_#~]{3,}\s*$|#{1,6}\s)/u
/** Where an answer, or another speaker, begins. */
const answerStart = /^\s*[*_]*(?:answer|response|output|solution|reply|assistant|user|human)\b[*_]*\s*[*_]*:/iu
/** A chat format's control text, which a model may write out. */
const controlText = /<\|[a-z_]+\|>|<\/?s>|\[\/?INST\]/u
const number = /^\s*[*_]*(?:task\s*)?(?:#\s*)?(\d{1,3})\s*[.):](?:\s|[*_]|$)/iu

/**
 * The first new task in what a model wrote after `selfInstructPrompt`. Stronger models go on: with more numbered tasks,
 * then a separator, then answers; everything after the first task is dropped. A task ends with its line, except that a
 * line ending in a colon takes the lines up to a blank one with it (the input it announces). `next` is the number the
 * prompt ended with. A text cut off for length counts only if the task's end can be seen.
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

/** A chat model may announce its list ("Sure, here is another task:") and repeat the number; the task is what follows that. */
function afterPreamble(text: string, next: number): string[] {
  const lines = text.replace(/\r\n?/gu, '\n').trimStart().split('\n')
  const start = lines.findIndex((line) => Number(number.exec(line)?.[1]) === next)
  const announced = start > 0 && lines.slice(0, start).every((line) => line.trim() === '' || line.trimEnd().endsWith(':'))
  return announced ? lines.slice(start) : lines
}

/**
 * The lines of the first task, and whether something after them shows that it ended. A smaller number than the task's
 * own below a colon is a list the task works on, not another task.
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

/** Cut a line where the next task begins on it ("Write a poem. 10. Name three rivers."). */
function splitAtNumber(line: string, following: number): [text: string, cut: boolean] {
  const at = line.search(new RegExp(`(?<=[.!?:"'”)])\\s+${following}[.)]\\s+\\p{Lu}`, 'u'))
  return at === -1 ? [line, false] : [line.slice(0, at), true]
}

/** Without the bold marks or quotation marks that wrap the whole. */
function undress(task: string): string {
  const text = task.trim()
  const wrapped = /^(\*\*|__|["“”])([^"“”]*?)(\*\*|__|["“”])$/su.exec(text)
  const matches = wrapped !== null && (wrapped[1] === wrapped[3] || '“”'.includes(wrapped[1])) && !wrapped[2].includes(wrapped[1])
  return matches ? wrapped[2].trim() : text
}
