import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseDocument } from '../../common/json-document.ts'
import { badInput } from '../../shared/errors.ts'
import { isObject } from '../../shared/is-object.ts'
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

/** A row for LLaMA-Factory's dpo and rm stages. Its loader ignores the columns of scores and provenance. */
export const llamaFactoryPreference = (pair: ExportedPair) => ({
  conversations: turnsOf(pair.prompt),
  chosen: { from: 'gpt', value: pair.chosen },
  rejected: { from: 'gpt', value: pair.rejected },
  ...{ score_chosen: pair.scoreChosen, score_rejected: pair.scoreRejected, judge: pair.judge, override: pair.override },
  ...pair.provenance,
})

/** A row for LLaMA-Factory's sft stage, or for its kto stage if the response has a label. */
export const llamaFactoryExample = ({ prompt, response, label }: ExportedExample) => ({
  conversations: [...turnsOf(prompt), { from: 'gpt', value: response }],
  ...(label !== undefined && { kto_tag: label }),
})

export const preferencesEntry = (fileName: string): DatasetInfoEntry => ({
  file_name: fileName,
  formatting: 'sharegpt',
  ranking: true,
  columns: { messages: 'conversations', chosen: 'chosen', rejected: 'rejected' },
})

export const examplesEntry = (fileName: string, hasLabels = false): DatasetInfoEntry => ({
  file_name: fileName,
  formatting: 'sharegpt',
  columns: { messages: 'conversations', ...(hasLabels && { kto_tag: 'kto_tag' }) },
})

/** A data set's name in dataset_info.json: its file's, without the extension. */
export const dataSetName = (fileName: string): string => basename(fileName).replace(/\.json$/, '')

/**
 * The dataset_info.json next to a file, with the file's entry added to the existing ones. Throws BAD_INPUT if there is one that isn't a JSON
 * object.
 */
export function dataSetInfo(place: string, entry: DatasetInfoEntry): { path: string; text: string } {
  const path = join(dirname(place), 'dataset_info.json')
  const present: unknown = existsSync(path) ? parsed(path) : {}
  if (!isObject(present))
    throw badInput(
      `Couldn't add an entry for ${basename(place)} to ${path}: it must contain a JSON object of data sets.`,
      'Fix the file, or export to another folder.',
    )
  const named = { ...entry, file_name: basename(place) }
  return { path, text: `${JSON.stringify({ ...present, [dataSetName(place)]: named }, null, 2)}\n` }
}

function parsed(path: string): unknown {
  try {
    return parseDocument(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

function turnsOf(prompt: Prompt): Turn[] {
  if (typeof prompt === 'string') return [{ from: 'human', value: prompt }]
  return prompt.map(({ role, content }) => ({ from: names[role] ?? role, value: content }))
}
