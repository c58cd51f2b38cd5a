import type { ExportForm } from '../../shared/contract/export-contract.ts'
import type { Prompt } from '../imported.ts'
import { argillaExample, argillaPair } from './argilla.ts'
import type { ExportedExample, ExportedPair } from './exported.ts'
import { llamaFactoryExample, llamaFactoryPreference } from './llama-factory.ts'
import { trlPreferenceRow, trlPromptCompletionRow } from './trl.ts'

/**
 * Whether rows are written as messages. `trl` is text and refuses conversations; in a table, each conversation is messages; a Parquet column
 * has one type, so one conversation makes messages of all.
 */
function isConversational(form: ExportForm, prompt: Prompt, hasConversations: boolean): boolean {
  if (form === 'trl-chat') return true
  return form === 'parquet' ? hasConversations : form !== 'trl' && typeof prompt !== 'string'
}

export function* pairRows(pairs: Iterable<ExportedPair>, form: ExportForm, hasConversations = false): Generator<object> {
  let number = 0
  for (const pair of pairs) {
    number++
    if (form === 'llama-factory') yield llamaFactoryPreference(pair)
    else if (form === 'argilla') yield argillaPair(pair, number)
    else yield trlPreferenceRow(pair, { conversational: isConversational(form, pair.prompt, hasConversations) })
  }
}

export function* exampleRows(examples: Iterable<ExportedExample>, form: ExportForm, hasConversations = false): Generator<object> {
  let number = 0
  for (const example of examples) {
    number++
    if (form === 'llama-factory') yield llamaFactoryExample(example)
    else if (form === 'argilla') yield argillaExample(example, number)
    else yield trlPromptCompletionRow(example, { conversational: isConversational(form, example.prompt, hasConversations) })
  }
}
