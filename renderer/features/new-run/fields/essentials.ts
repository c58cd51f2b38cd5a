import { averagingMethods } from '../../../../main/shared/recipe.ts'
import { methodWords } from '../../../components/method-choices.ts'
import { valueAt } from '../document.ts'
import type { FieldGroup } from './field.ts'
import { isSelfRewarding, methodIn } from './method.ts'

export const essentials: FieldGroup = {
  id: 'essentials',
  title: 'Essentials',
  about: 'What the run does, and how large it is.',
  fields: [
    {
      key: 'method',
      label: 'Method',
      kind: 'choice',
      choices: Object.entries(methodWords).map(([value, { label }]) => ({ value, label })),
      means: `What an iteration is. ${Object.values(methodWords)
        .map(({ means }) => means)
        .join(' ')} The last two need no judge: compare a run with them to see what its judge contributes.`,
      paper: 'self-rewarding',
    },
    {
      key: 'iterations',
      label: 'Iterations',
      kind: 'integer',
      means: 'Iterations after M1. Each trains one model on what the previous model generated.',
      paper: '2 (M2 and M3)',
      up: 'More models and more time. At some point, the judge gives every answer a high score and learning stops.',
      down: '0 stops at M1, which is fine-tuned on the seed data alone.',
      bounds: '0 or more',
    },
    {
      key: 'prompts.count',
      label: 'Prompts',
      kind: 'integer',
      unit: 'per iteration',
      means:
        'New prompts per iteration, written by the model and accepted by the filters. Each gives one pair at most, unless the pair rule makes several. SPIN takes this many prompts of the seed data.',
      paper: 'not stated; its 3,964 and 6,942 pairs require several thousand',
      up: 'More pairs and more stable training, but more time.',
      down: 'Faster, but noisier results.',
      bounds: '1 or more',
    },
    {
      key: 'candidates.count',
      label: 'Candidates',
      kind: 'integer',
      unit: 'per prompt',
      means: 'Answers sampled per prompt. By default, the best and the worst make the pair.',
      paper: '4',
      up: 'Best and worst are further apart, so there are fewer ties, but it takes more time.',
      down: 'More ties and fewer pairs.',
      bounds: '2 or more',
      when: isSelfRewarding,
    },
    {
      key: 'judge.samples',
      label: 'Judgements',
      kind: 'integer',
      unit: 'per candidate',
      means: 'Judgements sampled per candidate. The reward is their mean.',
      paper: '3',
      up: 'More precise rewards and fewer ties.',
      down: 'Noisier rewards.',
      bounds: '1 or more',
      when: (recipe) => isSelfRewarding(recipe) && averagingMethods.includes(String(valueAt(recipe, 'judge.method'))),
    },
    {
      key: 'review.wait',
      label: 'Wait for my review before each training',
      kind: 'switch',
      means:
        'The run waits before each training until you have reviewed as many pairs as you like and continue it. You can change this during the run.',
      paper: 'no human review',
      when: methodIn('self-rewarding', 'spin'),
    },
    {
      key: 'precision',
      label: 'Precision',
      kind: 'choice',
      choices: [
        { value: 'auto', label: 'auto' },
        { value: 'bfloat16', label: 'bfloat16' },
        { value: 'float32', label: 'float32' },
      ],
      means: 'Precision of matrix products. Trained weights, losses, and optimizer state are always float32.',
      up: 'float32 is more precise and takes twice the memory.',
      down: 'bfloat16 is faster only if the processor supports it natively. auto measures this machine once and uses the faster one.',
    },
    {
      key: 'seed',
      label: 'Seed',
      kind: 'integer',
      means: 'Determines all random choices: the same recipe, data, and seed on the same engine give the same models.',
      bounds: '0 or more',
    },
  ],
}
