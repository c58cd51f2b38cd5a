import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, RankedAnswer } from '../imported.ts'
import { BadRow, type Fields, optionalText, rankField, UnwantedRow } from './fields.ts'
import { isSynthetic, readOasstText, syntheticRemark } from './oasst-messages.ts'
import { type PlacedAnswer, rankedFrom } from './ranked-answers.ts'
import { attempt, newNotes, readRows, tell, within } from './read-rows.ts'

/**
 * OpenAssistant message trees, one per row. The first turn of each tree is read: the prompt and the human-ranked replies. Skipped, with a
 * note: trees that aren't ready for export, messages that are deleted, failed their review, or are in another language, and replies without
 * a rank. The reply with rank 0 is also an instruction example.
 */
export function importOasstTrees(rows: readonly JsonLine[], language = 'en'): Imported {
  const notes = newNotes()
  const ranked = readRows(rows, notes, (tree, line): PlacedAnswer[] => {
    const state = optionalText(tree, 'tree_state')
    if (state !== '' && state !== 'ready_for_export') throw new UnwantedRow(`the tree's state is ${state}`)
    const prompt = tree.inner('prompt', tree.get('prompt'), '"prompt"')
    const text = readOasstText(prompt, 'prompter', 'the prompt', language)
    const replies = prompt.get('replies') ?? []
    if (!Array.isArray(replies)) throw new BadRow(`"replies" isn't a list`)
    let synthetic = isSynthetic(prompt)
    const answers = replies.flatMap((reply: unknown, i): RankedAnswer[] => {
      const answer = attempt(line, notes, () => {
        const fields = prompt.inner('replies[]', reply, `reply ${i + 1}`)
        synthetic ||= isSynthetic(fields)
        return readReply(fields, `reply ${i + 1}`, line, language)
      })
      return answer === undefined ? [] : [answer]
    })
    if (synthetic) tell(notes, syntheticRemark)
    if (answers.length === 0) throw new UnwantedRow('no usable reply has a rank')
    return answers.map((answer) => ({ question: text, answer }))
  })
  return rankedFrom('oasst-trees', ranked.flat(), notes)
}

function readReply(reply: Fields, name: string, line: number, language: string): RankedAnswer {
  const text = readOasstText(reply, 'assistant', name, language)
  if (reply.get('rank') == null) throw new UnwantedRow(`${name} has no rank`)
  return { line, text, rank: within(name, () => rankField(reply, 'rank')) }
}
