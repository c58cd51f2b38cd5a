import { architectureNames, isArchitecture } from '../../../main/shared/architectures.ts'
import type { LibraryModel } from '../../../main/shared/contract/models-contract.ts'

/** An architecture's display name. */
export const architectureName = (name: string | null): string =>
  name === null ? '–' : isArchitecture(name) ? architectureNames[name] : name

const sources: Readonly<Record<LibraryModel['source'], string>> = {
  run: 'trained by a run',
  demo: 'bundled with Laurel',
  folder: 'Laurel’s model folder',
  added: 'added by you',
  cache: 'Hugging Face cache',
}

export const sourceName = (source: LibraryModel['source']): string => sources[source]
