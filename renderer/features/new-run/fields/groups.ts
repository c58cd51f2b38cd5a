import { seedData } from './data.ts'
import { essentials } from './essentials.ts'
import type { Field, FieldGroup } from './field.ts'
import { candidates, judge, pairs, prompts } from './making.ts'
import { engine, evaluation } from './measuring.ts'
import { fineTuning, preferenceTraining } from './training.ts'

/** All that the form asks, in the order of the loop; the first is always open. */
export const fieldGroups: readonly FieldGroup[] = [
  essentials,
  seedData,
  prompts,
  candidates,
  judge,
  pairs,
  fineTuning,
  preferenceTraining,
  evaluation,
  engine,
]

/** Chosen beside the fields, with what they hold. */
export const sources: readonly Pick<Field, 'key' | 'label'>[] = [
  { key: 'base_model', label: 'Base model' },
  { key: 'seed_data.ift', label: 'Instruction examples' },
  { key: 'seed_data.eft', label: 'Judge examples' },
  { key: 'seed_data.ranked', label: 'Ranked answers' },
]

/** What a key is called in the form; the key itself where the form has no field for it. */
export const labelOf = (key: string): string =>
  [...sources, ...fieldGroups.flatMap(({ fields }) => fields)].find((field) => field.key === key)?.label ?? key
