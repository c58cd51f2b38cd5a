import { statSync } from 'node:fs'
import { toErrorValue } from '../common/errors.ts'
import { filesStamp } from '../common/files-stamp.ts'
import { architectures } from '../engine/protocol.ts'
import { folderFacts } from './folder-facts.ts'
import { ggufFacts } from './gguf-facts.ts'

/** What a model's files say of it in their headers. Null: they do not say. */
export interface HeaderFacts {
  readonly architecture: string | null // Hugging Face's model_type
  readonly parameters: number | null
  readonly bytes: number // of all its files
  readonly precision: string | null // 'float32', 'bfloat16', 'Q4_1'
  readonly contextLength: number | null // tokens
  readonly hasChatTemplate: boolean
  readonly licence: string | null
}

export interface ModelFacts extends HeaderFacts {
  readonly format: 'hugging-face' | 'gguf'
  /** Why the model cannot be used, in plain words; null: nothing speaks against it. Its weights have not been looked at. */
  readonly problem: string | null
}

export const nothingKnown: HeaderFacts = {
  ...{ architecture: null, parameters: null, bytes: 0, precision: null, contextLength: null, hasChatTemplate: false, licence: null },
}

/** Facts by path, as long as the files stay what they were. */
const known = new Map<string, { readonly stamp: string; readonly facts: ModelFacts }>()

/** What a model folder or GGUF file is, from its headers alone. Never throws: what is wrong is part of the answer. */
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
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return { ...nothingKnown, format, problem: 'It is no longer there.' }
    const { problem = null, ...facts } = format === 'gguf' ? await ggufFacts(path) : folderFacts(path)
    return { ...facts, format, problem: problem ?? strangeness(facts) }
  } catch (thrown) {
    return { ...nothingKnown, format, problem: toErrorValue(thrown).message.split('\n')[0] }
  }
}

function strangeness({ architecture }: HeaderFacts): string | null {
  if (architecture === null || architectures.some((known) => known === architecture)) return null
  return `It is a ${architecture} model; Laurel runs Llama, Mistral, Qwen2 and Qwen3.`
}
