import { valueAt } from '../document.ts'
import type { FieldGroup } from './field.ts'

const hasRanked = (recipe: Parameters<typeof valueAt>[0]): boolean => valueAt(recipe, 'seed_data.ranked') !== null

/** How much of the seed data files is used. The files themselves are chosen above. */
export const seedData: FieldGroup = {
  id: 'seed-data',
  title: 'Seed data',
  about: 'How much of the files is used, and how judge examples are built from human ranks.',
  fields: [
    {
      key: 'seed_data.ift_limit',
      label: 'Instruction examples',
      kind: 'integer',
      unit: 'at most',
      means: 'Instructions with responses that M1 is fine-tuned on.',
      paper: '3,200',
      up: 'A better start.',
      down: 'Quicker.',
      bounds: '1 or more',
    },
    {
      key: 'seed_data.eft_limit',
      label: 'Judge examples',
      kind: 'integer',
      unit: 'at most',
      means: 'Judge prompts with justified scores (EFT) that teach M1 to judge.',
      paper: '1,630',
      up: 'A steadier judge that keeps to the format.',
      down: '0: M1 judges as well as it happens to. In the paper that left few usable pairs.',
      bounds: '0 or more',
    },
    {
      key: 'seed_data.eft_max_score_share',
      label: 'Most common score',
      kind: 'number',
      unit: 'share, at most',
      means: 'Judge examples with the most common score are thrown away until they are no more than this share.',
      paper: 'part of the 4s is thrown away',
      up: 'Keeps more examples.',
      down: 'Scores are spread more evenly.',
      bounds: 'above 0, at most 1',
    },
    {
      key: 'seed_data.ranked_limit',
      label: 'Ranked prompts',
      kind: 'integer?',
      unit: 'at most',
      means: 'Ranked prompts from which judge examples are built. Empty: all.',
      bounds: '1 or more, or empty',
      when: hasRanked,
    },
    {
      key: 'seed_data.ranked_held_out',
      label: 'Held-out ranked prompts',
      kind: 'integer',
      means: 'Kept back to measure how well each model’s judgements agree with people.',
      paper: '541 examples',
      up: 'A narrower uncertainty of that measure.',
      bounds: '0 or more',
      when: hasRanked,
    },
    {
      key: 'seed_data.eft_scores',
      label: 'Scores of judge examples',
      kind: 'choice',
      choices: [
        { value: 'written', label: 'written by the baseline' },
        { value: 'drawn', label: 'drawn from its probabilities' },
      ],
      means: 'How the SFT baseline scores ranked answers. A small model that hardly ever comes to a score by itself needs “drawn”.',
      paper: 'written',
      when: hasRanked,
    },
  ],
}
