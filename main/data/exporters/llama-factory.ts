import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseDocument } from '../../common/json-document.ts'
import { replaceFile } from '../../common/replace-file.ts'
import { badInput } from '../../shared/errors.ts'
import type { Prompt } from '../imported.ts'
import type { ExportedExample, ExportedPair } from './exported.ts'

interface Turn {
  readonly from: string
  readonly value: string
}

/** LLaMA-Factory's names for the three roles. */
const names: Readonly<Record<string, string>> = { system: 'system', user: 'human', assistant: 'gpt' }

/** An entry of LLaMA-Factory's dataset_info.json: the file, and the meaning of its fields. */
interface DatasetInfoEntry {
  readonly file_name: string
  readonly formatting: 'sharegpt'
  readonly ranking?: true
  readonly columns: Readonly<Record<string, string>>
}

/** Rows for LLaMA-Factory's dpo and rm stages. */
export function llamaFactoryPreferences(pairs: readonly ExportedPair[]) {
  const noteOf = ({ provenance }: ExportedPair) => provenance?.review_note ?? null
  const hasNotes = pairs.some((pair) => noteOf(pair) !== null)
  return pairs.map((pair) => ({
    conversations: turnsOf(pair.prompt),
    chosen: { from: 'gpt', value: pair.chosen },
    rejected: { from: 'gpt', value: pair.rejected },
    ...(hasNotes && { review_note: noteOf(pair) }), // ignored by its loader
  }))
}

/** Rows for LLaMA-Factory's sft stage. */
export const llamaFactoryExamples = (examples: readonly ExportedExample[]) =>
  examples.map((example) => ({ conversations: [...turnsOf(example.prompt), { from: 'gpt', value: example.response }] }))

export const preferencesEntry = (fileName: string): DatasetInfoEntry => ({
  file_name: fileName,
  formatting: 'sharegpt',
  ranking: true,
  columns: { messages: 'conversations', chosen: 'chosen', rejected: 'rejected' },
})

export const examplesEntry = (fileName: string): DatasetInfoEntry => ({
  file_name: fileName,
  formatting: 'sharegpt',
  columns: { messages: 'conversations' },
})

/**
 * Writes pairs as a LLaMA-Factory data set: the file, and its entry under `name` in the dataset_info.json next to it (other entries are
 * kept). Throws BAD_INPUT if that file exists but isn't a JSON object.
 */
export function writeLlamaFactoryPreferences(path: string, name: string, pairs: readonly ExportedPair[]): void {
  const info = withEntry(path, name, preferencesEntry(basename(path)))
  writeJson(path, llamaFactoryPreferences(pairs))
  writeJson(infoPath(path), info)
}

/** The same for instruction examples. */
export function writeLlamaFactoryExamples(path: string, name: string, examples: readonly ExportedExample[]): void {
  const info = withEntry(path, name, examplesEntry(basename(path)))
  writeJson(path, llamaFactoryExamples(examples))
  writeJson(infoPath(path), info)
}

const infoPath = (path: string): string => join(dirname(path), 'dataset_info.json')

function withEntry(path: string, name: string, entry: DatasetInfoEntry): Record<string, unknown> {
  const place = infoPath(path)
  if (!existsSync(place)) return { [name]: entry }
  let info: unknown
  try {
    info = parseDocument(readFileSync(place, 'utf8'))
  } catch (error) {
    throw badInput(`${place}: not JSON (${(error as Error).message})`, 'Fix the file, or export to another folder.')
  }
  if (typeof info !== 'object' || info === null || Array.isArray(info)) {
    throw badInput(`${place}: not an object of data sets`, 'Fix the file, or export to another folder.')
  }
  return { ...info, [name]: entry }
}

function turnsOf(prompt: Prompt): Turn[] {
  if (typeof prompt === 'string') return [{ from: 'human', value: prompt }]
  return prompt.map(({ role, content }) => ({ from: names[role] ?? role, value: content }))
}

const writeJson = (path: string, value: unknown): void => replaceFile(path, `${JSON.stringify(value, null, 2)}\n`)
