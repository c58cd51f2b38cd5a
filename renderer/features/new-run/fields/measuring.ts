import { valueAt } from '../document.ts'
import type { FieldGroup } from './field.ts'
import { samplingFields } from './sampling.ts'

const isPairwise = (recipe: Parameters<typeof valueAt>[0]): boolean => valueAt(recipe, 'evaluation.method') === 'pairwise'

const hasChecks = (recipe: Parameters<typeof valueAt>[0]): boolean =>
  valueAt(recipe, 'evaluation.checks') != null || valueAt(recipe, 'evaluation.checks_held_out') != null

const choosesCheckpoint = (recipe: Parameters<typeof valueAt>[0]): boolean => Number(valueAt(recipe, 'checkpoint_choice.every')) > 0

export const checkpointChoice: FieldGroup = {
  id: 'checkpoint-choice',
  title: 'Choice of a checkpoint',
  about: 'Whether the best checkpoint of a training is kept instead of the last.',
  fields: [
    {
      key: 'checkpoint_choice.every',
      label: 'Compare checkpoints every',
      kind: 'integer',
      unit: 'steps',
      means:
        'In the training of M2 and later models, a judge compares each checkpoint’s answers with those of the best one before it. The best is kept, and the training stops when a checkpoint loses. It compares as the evaluation does. 0: the model of the last step is kept.',
      paper: '200',
      up: 'Fewer comparisons.',
      down: 'A finer choice, and more time: each comparison takes a set of answers and verdicts.',
      bounds: '0 or more',
    },
    {
      key: 'checkpoint_choice.patience',
      label: 'Losses before it stops',
      kind: 'integer',
      unit: 'checkpoints',
      means: 'The training stops after so many checkpoints in a row that lost.',
      bounds: '1 or more',
      when: choosesCheckpoint,
    },
    {
      key: 'checkpoint_choice.count',
      label: 'Validation prompts',
      kind: 'integer',
      means: 'Prompts that checkpoints answer. They are held out from training, and apart from those that compare models.',
      paper: '253',
      bounds: '1 or more',
      when: choosesCheckpoint,
    },
    {
      key: 'checkpoint_choice.prompts',
      label: 'Validation prompts file',
      kind: 'file?',
      means: 'Source of the validation prompts. Empty: some of the instruction examples are held out.',
      when: choosesCheckpoint,
    },
    {
      key: 'checkpoint_choice.judge',
      label: 'Judge of checkpoints',
      kind: 'text',
      means: '“current” (the model that is trained), M0, M1, or the path of another local model.',
      paper: 'Claude 2',
      when: choosesCheckpoint,
    },
  ],
}

export const evaluation: FieldGroup = {
  id: 'evaluation',
  title: 'Evaluation',
  about: 'How models are compared on prompts that none of them was trained on.',
  fields: [
    {
      key: 'evaluation.count',
      label: 'Held-out prompts',
      kind: 'integer',
      means: 'Prompts that both models answer. 0: models aren’t compared.',
      paper: '256',
      up: 'A narrower interval around the win rate. With 64 prompts, it is about ±12 points.',
      down: 'Faster.',
      bounds: '0 or more',
    },
    {
      key: 'evaluation.prompts',
      label: 'Held-out prompts file',
      kind: 'file?',
      means: 'Source of the held-out prompts. Empty: some of the instruction examples are held out.',
    },
    {
      key: 'evaluation.checks',
      label: 'Checked prompts file',
      kind: 'file?',
      means:
        'Held-out prompts with requirements that programs check: the outside measure of every model, which the loop never reads. Make one with: laurel data prompts --held-out.',
    },
    {
      key: 'evaluation.checks_held_out',
      label: 'Checked prompts of held-out families',
      kind: 'file?',
      means: 'The same with kinds of requirements that occur nowhere else in the run.',
    },
    {
      key: 'evaluation.checks_count',
      label: 'Checked prompts',
      kind: 'integer',
      means: 'Prompts of each of these files that the models answer.',
      up: 'Narrower intervals. With 256 prompts, they are about ±6 points.',
      down: 'Faster.',
      bounds: '1 or more',
      when: hasChecks,
    },
    {
      key: 'evaluation.checks_samples',
      label: 'Sampled answers',
      kind: 'integer',
      unit: 'per prompt',
      means: 'Sampled answers to each of these prompts, besides a greedy one.',
      bounds: '0 or more',
      when: hasChecks,
    },
    {
      key: 'evaluation.method',
      label: 'Method',
      kind: 'choice',
      choices: [
        { value: 'pairwise', label: 'pairwise: both answers, in both orders' },
        { value: 'reward', label: 'reward: each answer alone' },
      ],
      means:
        'Pairwise: the judge sees both answers and chooses the better one. Reward: the judge scores each answer, and the scores are compared.',
      paper: 'pairwise, by GPT-4',
    },
    {
      key: 'evaluation.judge',
      label: 'Judge',
      kind: 'text',
      means:
        'M0, M1, “current” (the model being evaluated), or the path of another local model. Win rates are comparable only with the same judge.',
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
      label: 'Max verdict length',
      kind: 'integer',
      unit: 'tokens',
      means: 'Verdicts are cut off at this length.',
      bounds: '1 or more',
      when: isPairwise,
    },
    ...samplingFields('evaluation', 'answers', { temperature: '0.7', topP: '0.9' }),
  ],
}

export const engine: FieldGroup = {
  id: 'engine',
  title: 'Engine',
  about: 'Where the work is done, and how much together.',
  fields: [
    {
      key: 'engines.prompts',
      label: 'Write prompts on',
      kind: 'engine',
      means: 'The engine that writes new prompts. A server writes them with its own model.',
    },
    {
      key: 'engines.answers',
      label: 'Answer on',
      kind: 'engine',
      means: 'The engine on which the run’s models answer prompts and are evaluated. A server can’t: it doesn’t have these models.',
    },
    {
      key: 'engines.judge',
      label: 'Judge on',
      kind: 'engine',
      means: 'The engine that judges the candidates. A server judges with its own model, which may be a larger one, in place of the run’s.',
    },
    {
      key: 'engines.train',
      label: 'Train on',
      kind: 'engine',
      means: 'The engine that trains the models.',
    },
    {
      key: 'engines.evaluate',
      label: 'Compare models on',
      kind: 'engine',
      means:
        'The engine that decides which of two models answered better. A server decides with its own model, as GPT-4 does in the paper.',
    },
    {
      key: 'batch',
      label: 'Generation batch size',
      kind: 'integer',
      means: 'Sequences generated together.',
      up: 'Faster, with more memory for the KV cache.',
      down: 'Less memory.',
      bounds: '1 or more',
    },
    {
      key: 'chunk',
      label: 'Request size',
      kind: 'integer',
      means:
        'Items per request to the engine. An interrupted request is repeated in full. A Ray cluster gets as many as keep it busy, if that is more. Prompts are written in rounds of at most so many, on any engine.',
      up: 'Slightly faster.',
      down: 'Less work lost in a crash.',
      bounds: '1 or more',
    },
  ],
}
