import type { LibraryModel } from '../../../main/api/contract/models.ts'

const architectures: Readonly<Record<string, string>> = { llama: 'Llama', mistral: 'Mistral', qwen2: 'Qwen2', qwen3: 'Qwen3' }

/** An architecture as its makers write it. */
export const architectureName = (name: string | null): string => (name === null ? '–' : (architectures[name] ?? name))

const sources: Readonly<Record<LibraryModel['source'], string>> = {
  run: 'made by a run',
  demo: 'comes with Laurel',
  folder: 'Laurel’s model folder',
  added: 'added by you',
  cache: 'Hugging Face cache',
}

export const sourceName = (source: LibraryModel['source']): string => sources[source]
