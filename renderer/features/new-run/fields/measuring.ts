import { valueAt } from '../document.ts'
import type { FieldGroup } from './field.ts'
import { samplingFields } from './sampling.ts'

const isPairwise = (recipe: Parameters<typeof valueAt>[0]): boolean => valueAt(recipe, 'evaluation.method') === 'pairwise'

export const evaluation: FieldGroup = {
  id: 'evaluation',
  title: 'Evaluation',
  about: 'How models are compared with one another on prompts that none was trained on.',
  fields: [
    {
      key: 'evaluation.count',
      label: 'Held-out prompts',
      kind: 'integer',
      means: 'Prompts that both models answer. 0: nothing is compared.',
      paper: '256',
      up: 'A narrower interval of the win rate: 64 prompts leave about 12 points to each side.',
      down: 'Quicker.',
      bounds: '0 or more',
    },
    {
      key: 'evaluation.prompts',
      label: 'Held-out prompts file',
      kind: 'file?',
      means: 'Where they are taken from. Empty: a part of the instruction examples is kept back.',
    },
    {
      key: 'evaluation.method',
      label: 'Method',
      kind: 'choice',
      choices: [
        { value: 'pairwise', label: 'pairwise: both answers, in both orders' },
        { value: 'reward', label: 'reward: each answer alone' },
      ],
      means: 'Whether the judge sees both answers and says which is better, or scores each and the scores are compared.',
      paper: 'pairwise, by GPT-4',
    },
    {
      key: 'evaluation.judge',
      label: 'Judge',
      kind: 'text',
      means:
        'M0, M1, “current” (the model that is measured), or the path of another local model. The same judge throughout makes win rates comparable.',
      paper: 'GPT-4',
    },
    {
      key: 'evaluation.judge_prompt',
      label: 'Judge prompt',
      kind: 'text',
      means: 'The name of a prompt that ships with Laurel, or a text file’s path.',
      when: isPairwise,
    },
    {
      key: 'evaluation.judge_max_new_tokens',
      label: 'Longest verdict',
      kind: 'integer',
      unit: 'tokens',
      means: 'Where a verdict is cut off.',
      bounds: '1 or more',
      when: isPairwise,
    },
    ...samplingFields('evaluation', 'answers', { temperature: '0.7', topP: '0.9' }),
  ],
}

export const engine: FieldGroup = {
  id: 'engine',
  title: 'Engine',
  about: 'How much is worked on at once. It changes memory and speed.',
  fields: [
    {
      key: 'batch',
      label: 'Sequences at once',
      kind: 'integer',
      means: 'Texts that are generated together.',
      up: 'Faster, with more memory for the cache.',
      down: 'Less memory.',
      bounds: '1 or more',
    },
    {
      key: 'chunk',
      label: 'Units in a request',
      kind: 'integer',
      means: 'What is asked of the engine at once. A request that was cut short is asked again whole.',
      up: 'A little faster.',
      down: 'A crash loses less.',
      bounds: '1 or more',
    },
  ],
}
