import { valueAt } from '../document.ts'
import type { FieldGroup } from './field.ts'

const hasRanked = (recipe: Parameters<typeof valueAt>[0]): boolean => valueAt(recipe, 'seed_data.ranked') !== null

/** How much of the seed data files is used. The files themselves are chosen in `SourceInputs`. */
export const seedData: FieldGroup = {
  id: 'seed-data',
  title: 'Seed data',
  about: 'How much of the files to use, and how to build judge examples from human rankings.',
  fields: [
    {
      key: 'seed_data.ift_limit',
      label: 'Instruction examples',
      kind: 'integer',
      unit: 'max',
      means: 'Instructions with responses that M1 is fine-tuned on.',
      paper: '3,200',
      up: 'A better start.',
      down: 'Faster.',
      bounds: '1 or more',
    },
    {
      key: 'seed_data.eft_limit',
      label: 'Judge examples',
      kind: 'integer',
      unit: 'max',
      means: 'Judge prompts with reasoned scores (EFT) that teach M1 to judge.',
      paper: '1,630',
      up: 'A more consistent judge that follows the format.',
      down: '0: M1 isn’t trained to judge. In the paper, that left few usable pairs.',
      bounds: '0 or more',
    },
    {
      key: 'seed_data.eft_max_score_share',
      label: 'Max share of one score',
      kind: 'number',
      unit: 'share',
      means: 'Judge examples with the most common score are discarded until it makes up at most this share.',
      paper: 'some of the 4s are discarded',
      up: 'Keeps more examples.',
      down: 'Scores are spread more evenly.',
      bounds: 'above 0, at most 1',
    },
    {
      key: 'seed_data.ranked_limit',
      label: 'Ranked prompts',
      kind: 'integer?',
      unit: 'max',
      means: 'Ranked prompts used to build judge examples. Empty: all.',
      bounds: '1 or more, or empty',
      when: hasRanked,
    },
    {
      key: 'seed_data.ranked_held_out',
      label: 'Held-out ranked prompts',
      kind: 'integer',
      means: 'Held out to measure how well each model’s judgements agree with people.',
      paper: '541 examples',
      up: 'A narrower confidence interval.',
      bounds: '0 or more',
      when: hasRanked,
    },
    {
      key: 'seed_data.eft_scores',
      label: 'Judge example scores',
      kind: 'choice',
      choices: [
        { value: 'written', label: 'written by the baseline' },
        { value: 'drawn', label: 'sampled from its probabilities' },
      ],
      means: 'How the SFT baseline scores ranked answers. If a small model rarely writes a score, choose “sampled”.',
      paper: 'written',
      when: hasRanked,
    },
  ],
}
