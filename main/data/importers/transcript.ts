import type { Message } from '../../shared/engine-protocol.ts'
import type { Prompt } from '../imported.ts'

/** Speaker marks in transcripts: HH-RLHF's and Guanaco's. */
const forms = [
  { opening: /^\s*Human:/, mark: /(?:^|\n\n)\s*(Human|Assistant):/g },
  { opening: /^\s*### Human:/, mark: /### (Human|Assistant):/g },
] as const

/**
 * The turns of a conversation in a single text ("\n\nHuman: ...\n\nAssistant: ..."); undefined if the text isn't one. A mark without text
 * after it is a turn with empty text.
 */
export function transcriptTurns(text: string): Message[] | undefined {
  const form = forms.find(({ opening }) => opening.test(text))
  if (form === undefined) return undefined
  const marks = [...text.matchAll(form.mark)]
  if (!marks.some(([, speaker]) => speaker === 'Assistant')) return undefined
  return marks.map((mark, i) => ({
    role: mark[1] === 'Human' ? 'user' : 'assistant',
    content: text.slice(mark.index + mark[0].length, marks[i + 1]?.index).trim(),
  }))
}

/** A text as a prompt, if it is a transcript that ends with the assistant's turn to answer ("...\n\nAssistant:"). */
export function transcriptPrompt(text: string): Prompt | undefined {
  const turns = transcriptTurns(text)
  const last = turns?.at(-1)
  if (turns === undefined || last?.role !== 'assistant' || last.content !== '') return undefined
  const before = turns.slice(0, -1)
  const alternates = before.every(({ role, content }, i) => role === (i % 2 === 0 ? 'user' : 'assistant') && content !== '')
  if (!alternates || before.length % 2 === 0) return undefined
  return before.length === 1 ? before[0].content : before
}
