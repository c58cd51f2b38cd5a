import type { ExportForm } from '../shared/contract/export-contract.ts'
import { badInput } from '../shared/errors.ts'
import { alpacaEvalRow } from './exporters/alpaca-eval.ts'
import { argillaPrompt } from './exporters/argilla.ts'
import { type DataTable, tableOf } from './exporters/columns.ts'
import type { ExportedExample, ExportedPair } from './exporters/exported.ts'
import { examplesEntry, preferencesEntry } from './exporters/llama-factory.ts'
import { exampleRows, pairRows } from './exporters/rows.ts'
import { type Imported, type InstructionExample, normalizedRows, type PreferenceExample, requirementsOf } from './imported.ts'

/** A file's rows in another form. */
interface Conversion {
  readonly kind: 'ranked answers' | 'preference pairs' | 'examples' | 'labeled examples' | 'prompts'
  readonly table: DataTable
  /** What the form has no place for, as sentences. */
  readonly notes: readonly string[]
  /** LLaMA-Factory's description of the file. */
  readonly entry: ((fileName: string) => ReturnType<typeof preferencesEntry>) | null
}

/**
 * A file's rows in another form. `jsonl` is Laurel's own form, which keeps everything. `name` is the data set's, for AlpacaEval. Throws
 * BAD_INPUT if the form has no place for what the file holds, or there is nothing to convert.
 */
export function conversionOf(imported: Imported, form: ExportForm, name: string): Conversion {
  const { ranked, preferences, instructions, prompts, unwanted = [] } = imported
  if (ranked.length > 0) return rankedAs(imported, form)
  if (preferences.length > 0) return pairsAs(preferences, form)
  if (instructions.length + unwanted.length > 0) return examplesAs(imported, form, name)
  if (prompts.length > 0) return promptsAs(imported, form)
  throw badInput('The file has no usable row, so there is nothing to convert.', 'Look at what is left out: laurel data inspect FILE.')
}

const refusal = (what: string, form: ExportForm, forms: readonly ExportForm[]) =>
  badInput(`Couldn't convert ${what} to ${form}: the format has no place for them.`, `Choose one of ${forms.join(', ')}.`)

function rankedAs(imported: Imported, form: ExportForm): Conversion {
  const forms: readonly ExportForm[] = ['jsonl', 'csv', 'parquet']
  if (!forms.includes(form)) throw refusal('ranked answers', form, forms)
  return { kind: 'ranked answers', table: tableOf(() => normalizedRows(imported)), notes: [], entry: null }
}

function pairsAs(preferences: readonly PreferenceExample[], form: ExportForm): Conversion {
  if (form === 'alpaca-eval')
    throw refusal('preference pairs', form, ['trl', 'trl-chat', 'llama-factory', 'argilla', 'parquet', 'csv', 'jsonl'])
  const hasConversations = preferences.some(({ prompt }) => typeof prompt !== 'string')
  const table = tableOf(() => pairRows(mapped(preferences, exportedPair), form, hasConversations))
  return { kind: 'preference pairs', table, notes: [], entry: form === 'llama-factory' ? preferencesEntry : null }
}

function exportedPair({ prompt, chosen, rejected, scoreChosen, scoreRejected, provenance = {} }: PreferenceExample): ExportedPair {
  const { judge, override, ...others } = provenance
  return {
    ...{ prompt, chosen, rejected, scoreChosen: scoreChosen ?? null, scoreRejected: scoreRejected ?? null },
    ...{ judge: typeof judge === 'string' ? judge : null, override: typeof override === 'string' ? override : null },
    provenance: others,
  }
}

function examplesAs(imported: Imported, form: ExportForm, name: string): Conversion {
  const { instructions, prompts, unwanted = [] } = imported
  const hasLabels = unwanted.length > 0
  const all = [...instructions.map((one) => ({ one, label: true })), ...unwanted.map((one) => ({ one, label: false }))]
  all.sort((a, b) => a.one.line - b.one.line) // as in the file
  const examples = all.map(({ one: { line: _, ...example }, label }): ExportedExample => ({ ...example, ...(hasLabels && { label }) }))
  const notes = prompts.length > 0 && form !== 'jsonl' ? [`Prompts without a response are left out (${prompts.length}).`] : []
  const kind = hasLabels ? 'labeled examples' : 'examples'
  if (form === 'llama-factory' || form === 'alpaca-eval') notes.push(...lostIn(instructions))
  if (form === 'alpaca-eval') return { kind, ...outputsOf(examples, name, notes), entry: null }
  const hasConversations = examples.some(({ prompt }) => typeof prompt !== 'string')
  const isMixed = form === 'jsonl' && prompts.length > 0
  const table = tableOf(() => (isMixed ? normalizedRows(imported) : exampleRows(examples, form, hasConversations)))
  return { kind, table, notes, entry: form === 'llama-factory' ? (fileName) => examplesEntry(fileName, hasLabels) : null }
}

function lostIn(instructions: readonly InstructionExample[]): string[] {
  return (['weights', 'task', 'classification'] as const).flatMap((field) => {
    const count = instructions.filter((example) => example[field] !== undefined).length
    return count === 0 ? [] : [`The format has no place for "${field}" (${count} rows).`]
  })
}

/** AlpacaEval's model_outputs.json, whose instructions are single messages. */
function outputsOf(examples: readonly ExportedExample[], name: string, notes: string[]): Pick<Conversion, 'table' | 'notes'> {
  const usable = examples.filter(({ prompt, label = true }) => typeof prompt === 'string' && label)
  const left = examples.length - usable.length
  if (usable.length === 0) throw refusal('conversations', 'alpaca-eval', ['trl-chat', 'llama-factory', 'parquet', 'csv', 'jsonl'])
  if (left > 0)
    notes.push(`Conversations and unwanted responses are left out (${left}): AlpacaEval compares answers to single instructions.`)
  const output = ({ prompt, response }: ExportedExample): object =>
    alpacaEvalRow({ instruction: prompt as string, output: response }, name, name)
  return { table: tableOf(() => mapped(usable, output)), notes }
}

function promptsAs(imported: Imported, form: ExportForm): Conversion {
  if (form === 'llama-factory' || form === 'alpaca-eval')
    throw refusal('prompts without a response', form, ['trl', 'trl-chat', 'argilla', 'parquet', 'csv', 'jsonl'])
  const { prompts } = imported
  const checked = prompts.filter((prompt) => requirementsOf(imported, prompt).length > 0).length
  const keepsAll = form === 'jsonl' || form === 'csv'
  const notes = checked > 0 && !keepsAll ? [`The format has no place for requirements (${checked} rows).`] : []
  const rows = function* (): Generator<object> {
    if (keepsAll) return yield* normalizedRows(imported)
    for (const [i, prompt] of prompts.entries()) {
      if (form === 'argilla') yield argillaPrompt(prompt, i + 1)
      else yield { prompt: form === 'trl-chat' ? [{ role: 'user', content: prompt }] : prompt }
    }
  }
  return { kind: 'prompts', table: tableOf(rows), notes, entry: null }
}

function* mapped<From, To>(values: Iterable<From>, to: (value: From) => To): Generator<To> {
  for (const value of values) yield to(value)
}
