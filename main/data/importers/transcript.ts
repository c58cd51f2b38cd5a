import type { Message } from '../../shared/engine-protocol.ts'
import type { Prompt } from '../imported.ts'

interface Form {
  readonly opening: RegExp
  /** A speaker's mark; its first group is the speaker. */
  readonly mark: RegExp
  /** What ends a turn before the next mark. */
  readonly end?: RegExp
}

/** Speaker marks in transcripts: HH-RLHF's, Guanaco's, and ChatML's. */
const forms: readonly Form[] = [
  { opening: /^\s*Human:/, mark: /(?:^|\n\n)\s*(Human|Assistant):/g },
  { opening: /^\s*### Human:/, mark: /### (Human|Assistant):/g },
  { opening: /^\s*<\|im_start\|>(system|user)\b/, mark: /<\|im_start\|>(system|user|assistant)\b/g, end: /<\|im_end\|>\s*$/ },
]

const roles: Readonly<Record<string, string>> = { Human: 'user', Assistant: 'assistant' }

/**
 * The turns of a conversation in a single text ("\n\nHuman: ...\n\nAssistant: ..."); undefined if the text isn't one. A mark without text
 * after it is a turn with empty text. An empty system message is left out.
 */
export function transcriptTurns(text: string): Message[] | undefined {
  const form = forms.find(({ opening }) => opening.test(text))
  if (form === undefined) return undefined
  const marks = [...text.matchAll(form.mark)]
  const turns = marks.map((mark, i) => {
    const content = text.slice(mark.index + mark[0].length, marks[i + 1]?.index)
    return { role: roles[mark[1]] ?? mark[1], content: (form.end === undefined ? content : content.replace(form.end, '')).trim() }
  })
  if (!turns.some(({ role }) => role === 'assistant')) return undefined
  return turns.filter(({ role, content }) => role !== 'system' || content !== '')
}

/** The index of the first turn that is empty or out of order (a system message may precede the user's); -1 if there is none. */
export function misplacedTurn(turns: readonly Message[]): number {
  const start = turns[0]?.role === 'system' ? 1 : 0
  return turns.findIndex(
    ({ role, content }, i) => i >= start && (content === '' || role !== ((i - start) % 2 === 0 ? 'user' : 'assistant')),
  )
}

/** A text as a prompt, if it is a transcript that ends with the assistant's turn to answer ("...\n\nAssistant:"). */
export function transcriptPrompt(text: string): Prompt | undefined {
  const turns = transcriptTurns(text)
  const last = turns?.at(-1)
  if (turns === undefined || last?.role !== 'assistant' || last.content !== '') return undefined
  const before = turns.slice(0, -1)
  if (misplacedTurn(before) !== -1 || before.at(-1)?.role !== 'user') return undefined
  return before.length === 1 ? before[0].content : before
}
