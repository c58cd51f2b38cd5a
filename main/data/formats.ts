import type { JsonLine } from '../common/jsonl.ts'
import type { DataFormat } from '../shared/enums.ts'
import { isObject } from '../shared/is-object.ts'
import type { Imported } from './imported.ts'
import { importAlpaca } from './importers/alpaca.ts'
import { importArgilla, isArgilla } from './importers/argilla.ts'
import { chatNameOf, importChat } from './importers/chat.ts'
import { importComparisons, isComparison } from './importers/comparisons.ts'
import type { Fields } from './importers/fields.ts'
import { importLabelStudio, isLabelStudio } from './importers/label-studio.ts'
import { importLlamaFactoryPreferences } from './importers/llama-factory-preferences.ts'
import { importOasstMessages } from './importers/oasst-messages.ts'
import { importOasstTrees } from './importers/oasst-trees.ts'
import { importPlain, isPlain } from './importers/plain.ts'
import { hasOtherNames } from './importers/preference-names.ts'
import { importPreferences } from './importers/preferences.ts'
import { importPromptCompletion } from './importers/prompt-completion.ts'
import { promptNames } from './importers/prompt-context.ts'
import { importRankedAnswers } from './importers/ranked-answers.ts'
import { importRatedAnswers } from './importers/rated-answers.ts'
import { importSelfInstructSeeds } from './importers/self-instruct-seeds.ts'
import { importStepwise, isStepwise } from './importers/stepwise.ts'

const hasAll =
  (...names: readonly string[]) =>
  (row: Fields): boolean =>
    names.every((name) => row.has(name))

const listsObjects = (row: Fields, name: string, key: string): boolean => {
  const list = row.peek(name)
  return Array.isArray(list) && list.some((entry) => isObject(entry) && key in entry)
}

interface Format {
  /** Whether a row's fields identify the format. */
  readonly matches: (row: Fields) => boolean
  readonly read: (rows: readonly JsonLine[]) => Imported
}

/**
 * Every format, from the most specific to the most general, since some rows match several (a LLaMA-Factory preference has `conversations`
 * like a chat).
 */
export const formats: Readonly<Record<DataFormat, Format>> = {
  'oasst-messages': { matches: (row) => !row.has('prompt') && hasAll('message_id', 'text', 'role')(row), read: importOasstMessages },
  'oasst-trees': {
    matches: (row) => row.has('message_tree_id') || (isObject(row.peek('prompt')) && 'replies' in (row.peek('prompt') as object)),
    read: importOasstTrees,
  },
  argilla: { matches: isArgilla, read: importArgilla },
  'label-studio': { matches: isLabelStudio, read: importLabelStudio },
  'ranked-answers': { matches: hasAll('question', 'answer', 'rank'), read: importRankedAnswers },
  stepwise: { matches: isStepwise, read: importStepwise },
  'rated-answers': { matches: isRated, read: importRatedAnswers },
  'llama-factory-preferences': { matches: hasAll('conversations', 'chosen', 'rejected'), read: importLlamaFactoryPreferences },
  preferences: {
    matches: (row) => hasAll('chosen', 'rejected')(row) || (hasOtherNames(row) && !isComparison(row)),
    read: importPreferences,
  },
  comparisons: { matches: isComparison, read: importComparisons },
  chat: { matches: (row) => chatNameOf(row) !== undefined, read: importChat },
  'self-instruct-seeds': { matches: hasAll('instruction', 'instances'), read: importSelfInstructSeeds },
  alpaca: { matches: hasAll('instruction', 'output'), read: importAlpaca },
  'prompt-completion': {
    matches: (row) => row.has('completion') && (row.has('prompt') || Array.isArray(row.peek('completion'))),
    read: importPromptCompletion,
  },
  plain: { matches: isPlain, read: importPlain },
}

function isRated(row: Fields): boolean {
  if (!promptNames.some((name) => row.has(name))) return false
  return (
    hasAll('response', 'helpfulness')(row) ||
    listsObjects(row, 'completions', 'response') ||
    listsObjects(row, 'answers', 'rank') ||
    (Array.isArray(row.peek('responses')) && (row.has('scores') || row.has('ranks'))) ||
    (Array.isArray(row.peek('generations')) && row.has('ratings'))
  )
}
