import { statSync } from 'node:fs'
import { filesStamp } from '../common/files-stamp.ts'
import { isArchitecture, supportedModels } from '../shared/architectures.ts'
import { toErrorValue } from '../shared/errors.ts'
import { folderFacts } from './folder-facts.ts'
import { ggufFacts } from './gguf-facts.ts'

/** Facts from the headers of a model's files. Null: not stated. */
export interface HeaderFacts {
  readonly architecture: string | null // Hugging Face's model_type
  readonly parameters: number | null
  readonly bytes: number // of all its files
  readonly precision: string | null // 'float32', 'bfloat16', 'Q4_1'
  readonly contextLength: number | null // tokens
  readonly hasChatTemplate: boolean
  readonly license: string | null
}

export interface ModelFacts extends HeaderFacts {
  readonly format: 'hugging-face' | 'gguf'
  /** Why the model can't be used, in plain words; null if there is no known problem. The weights aren't checked. */
  readonly problem: string | null
}

export const nothingKnown: HeaderFacts = {
  ...{ architecture: null, parameters: null, bytes: 0, precision: null, contextLength: null, hasChatTemplate: false, license: null },
}

/** Facts by path, valid while the files are unchanged. */
const known = new Map<string, { readonly stamp: string; readonly facts: ModelFacts }>()

/** Facts about a model folder or GGUF file, from its headers alone. Never throws: problems are part of the result. */
export async function modelFacts(path: string): Promise<ModelFacts> {
  const stamp = filesStamp(path)
  const before = known.get(path)
  if (before !== undefined && before.stamp === stamp) return before.facts
  const facts = await read(path)
  known.set(path, { stamp, facts })
  return facts
}

async function read(path: string): Promise<ModelFacts> {
  const format = path.toLowerCase().endsWith('.gguf') ? 'gguf' : 'hugging-face'
  try {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return { ...nothingKnown, format, problem: 'It no longer exists.' }
    const { problem = null, ...facts } = format === 'gguf' ? await ggufFacts(path) : folderFacts(path)
    return { ...facts, format, problem: problem ?? strangeness(facts) }
  } catch (thrown) {
    return { ...nothingKnown, format, problem: toErrorValue(thrown).message.split('\n')[0] }
  }
}

function strangeness({ architecture }: HeaderFacts): string | null {
  if (architecture === null || isArchitecture(architecture)) return null
  return `${architecture} models aren't supported. ${supportedModels}`
}
