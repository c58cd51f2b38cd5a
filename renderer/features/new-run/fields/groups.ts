import { seedData } from './data.ts'
import { essentials } from './essentials.ts'
import type { Field, FieldGroup } from './field.ts'
import { judge } from './judge-group.ts'
import { candidates, prompts } from './making.ts'
import { checkpointChoice, engine, evaluation } from './measuring.ts'
import { guards, meta, pairs } from './pairs.ts'
import { fineTuning, judgeTraining, preferenceTraining, selfTraining } from './training.ts'

/** All field groups, in the order of the loop; the first is always expanded. */
export const fieldGroups: readonly FieldGroup[] = [
  essentials,
  seedData,
  prompts,
  candidates,
  judge,
  pairs,
  meta,
  fineTuning,
  judgeTraining,
  preferenceTraining,
  selfTraining,
  checkpointChoice,
  evaluation,
  guards,
  engine,
]

/** Inputs outside the field groups; see `SourceInputs`. */
export const sources: readonly Pick<Field, 'key' | 'label'>[] = [
  { key: 'base_model', label: 'Base model' },
  { key: 'seed_data.ift', label: 'Instruction examples' },
  { key: 'seed_data.eft', label: 'Judge examples' },
  { key: 'seed_data.ranked', label: 'Ranked answers' },
]

/** A key's label in the form; the key itself if it has no field. */
export const labelOf = (key: string): string =>
  [...sources, ...fieldGroups.flatMap(({ fields }) => fields)].find((field) => field.key === key)?.label ?? key
