import type { Imported, Prompt } from '../../data/imported.ts'
import { promptText } from '../../data/imported.ts'
import type { DataRow } from '../../shared/contract/datasets-contract.ts'

type Answer = DataRow['answers'][number]
type Unplaced = Omit<DataRow, 'index'>

/** All rows of a file as training uses them: ranked prompts with their answers, examples, pairs, and bare prompts. */
export function dataRows(imported: Imported): Unplaced[] {
  const { instructions, ranked, preferences, prompts } = imported
  // With ranks, the examples are the best-ranked answers, which the ranked prompts already show.
  const examples = ranked.length > 0 ? [] : instructions
  return [
    ...ranked.map(({ prompt, answers }) => ({
      ...asked(prompt),
      line: answers[0].line,
      answers: answers.map(({ text, rank }): Answer => ({ role: 'ranked', rank, text })),
    })),
    ...examples.map(({ prompt, response, line }) => ({ ...asked(prompt), line, answers: [answer('response', response)] })),
    ...preferences.map(({ prompt, chosen, rejected, line }) => ({
      ...asked(prompt),
      line,
      answers: [answer('chosen', chosen), answer('rejected', rejected)],
    })),
    ...prompts.map((prompt) => ({ ...asked(prompt), line: null, answers: [] })),
  ]
}

const answer = (role: Answer['role'], text: string): Answer => ({ role, rank: null, text })

const asked = (prompt: Prompt): Pick<DataRow, 'prompt' | 'conversation'> => ({
  prompt: promptText(prompt),
  conversation: typeof prompt === 'string' ? null : [...prompt],
})

/** Characters per text in a list of rows. */
const shownCharacters = 400

const cut = (text: string): string => (text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)}…`)

/** A row for a list, with truncated texts. */
export const shortRow = (row: DataRow): DataRow => ({
  ...row,
  prompt: cut(row.prompt),
  conversation: row.conversation?.map(({ role, content }) => ({ role, content: cut(content) })) ?? null,
  answers: row.answers.map((one) => ({ ...one, text: cut(one.text) })),
})

/** Whether a row contains a text, ignoring case. */
export function rowHolds({ prompt, conversation, answers }: Unplaced, wanted: string): boolean {
  const holds = (text: string): boolean => text.toLowerCase().includes(wanted)
  return holds(prompt) || answers.some(({ text }) => holds(text)) || (conversation ?? []).some(({ content }) => holds(content))
}
