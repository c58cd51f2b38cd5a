import { valueAt } from '../document.ts'
import type { Field, FieldGroup } from './field.ts'

interface TrainingWords {
  readonly rate: string
  readonly lowest: string
}

/** What both trainings have. */
function trainingFields(section: 'sft' | 'dpo', { rate, lowest }: TrainingWords): Field[] {
  const isThere = (recipe: Parameters<typeof valueAt>[0]): boolean => valueAt(recipe, section) !== null
  const hasAdapters = (recipe: Parameters<typeof valueAt>[0]): boolean => isThere(recipe) && valueAt(recipe, `${section}.lora`) !== null
  const fields: Field[] = [
    {
      key: 'learning_rate',
      label: 'Learning rate',
      kind: 'number',
      means: 'The size of an optimiser step at its largest.',
      paper: rate,
      up: 'Learns faster, and may forget or diverge.',
      down: 'Learns less in the same time.',
      bounds: '0 or more',
    },
    {
      key: 'min_learning_rate',
      label: 'Lowest learning rate',
      kind: 'number',
      means: 'Where the learning rate ends.',
      paper: lowest,
      bounds: '0 or more',
    },
    {
      key: 'lr_scheduler',
      label: 'Schedule',
      kind: 'choice',
      choices: ['cosine', 'linear', 'constant'].map((value) => ({ value, label: value })),
      means: 'How the learning rate falls from its largest to its lowest.',
      paper: 'cosine',
    },
    {
      key: 'warmup_steps',
      label: 'Warm-up',
      kind: 'integer',
      unit: 'steps',
      means: 'Steps over which the learning rate rises from 0.',
      bounds: '0 or more',
    },
    {
      key: 'batch_size',
      label: 'Batch',
      kind: 'integer',
      unit: section === 'dpo' ? 'pairs a step' : 'examples a step',
      means: 'What an optimiser step looks at. It is worked through in portions, so memory does not grow with it.',
      paper: '16',
      up: 'Steadier and fewer steps.',
      down: 'More steps, noisier ones.',
      bounds: '1 or more',
    },
    {
      key: 'epochs',
      label: 'Epochs',
      kind: 'number',
      means: 'How often the data are gone through.',
      up: 'Learns them better; beyond a few it learns them by heart.',
      bounds: 'above 0',
    },
    {
      key: 'dropout',
      label: 'Dropout',
      kind: 'number',
      unit: 'share',
      means: 'The share of activations left out at random in training.',
      paper: '0.1',
      up: 'Against learning by heart.',
      bounds: '0 to 0.9',
    },
    {
      key: 'max_length',
      label: 'Longest row',
      kind: 'integer',
      unit: 'tokens',
      means: 'Longer rows are cut at the end.',
      up: 'Nothing is cut; memory and time grow with long rows.',
      down: 'Less memory; the ends of long responses are not learned.',
      bounds: '2 or more',
    },
    {
      key: 'weight_decay',
      label: 'Weight decay',
      kind: 'number',
      means: 'How strongly weights are drawn to 0 in each step.',
      bounds: '0 or more',
    },
    {
      key: 'max_grad_norm',
      label: 'Gradient norm, at most',
      kind: 'number?',
      means: 'Larger gradients are scaled down to it. Empty: never.',
      bounds: 'above 0, or empty',
    },
    {
      key: 'gradient_checkpointing',
      label: 'Compute activations anew',
      kind: 'switch',
      means:
        'Keeps only what enters each layer and computes the rest again on the way back (gradient checkpointing): a third more time, a fraction of the memory.',
    },
    {
      key: 'save_steps',
      label: 'Checkpoint every',
      kind: 'integer',
      unit: 'steps',
      means: 'A pause always writes one. After a crash, training goes on from the last.',
      paper: '200',
      up: 'Less writing, more lost in a crash.',
      bounds: '0 (only at a pause) or more',
    },
  ]
  const adapters: Field[] = [
    {
      key: 'lora.rank',
      label: 'Adapter rank',
      kind: 'integer',
      means: 'The width of the low-rank adapters (LoRA).',
      up: 'They can learn more.',
      bounds: '1 or more',
      when: hasAdapters,
    },
    {
      key: 'lora.alpha',
      label: 'Adapter alpha',
      kind: 'number',
      means: 'The adapters’ weight is alpha over rank.',
      bounds: 'above 0',
      when: hasAdapters,
    },
  ]
  return [...fields, ...adapters].map((field) => ({ ...field, key: `${section}.${field.key}`, when: field.when ?? isThere }))
}

export const fineTuning: FieldGroup = {
  id: 'sft',
  title: 'Fine-tuning (M0 to M1)',
  about: 'Supervised fine-tuning on the seed data.',
  fields: [
    ...trainingFields('sft', { rate: '5.5e-6', lowest: '1.1e-6' }),
    {
      key: 'sft.prompt_weight',
      label: 'Weight of prompts',
      kind: 'number',
      means: 'How much the loss looks at the prompt’s tokens beside the response’s. Judge prompts always count 0.',
      paper: '0',
      bounds: '0 or more',
      when: (recipe) => valueAt(recipe, 'sft') !== null,
    },
  ],
}

export const preferenceTraining: FieldGroup = {
  id: 'dpo',
  title: 'Preference training (DPO)',
  about: 'How M(t+1) is trained on the pairs of M(t).',
  fields: [
    {
      key: 'dpo.beta',
      label: 'Beta',
      kind: 'number',
      means: 'How strongly the trained model is held to the one it starts from.',
      paper: '0.1',
      up: 'Stays closer to it and changes less.',
      down: 'Moves further from it; answers may grow long or repeat.',
      bounds: 'above 0',
    },
    {
      key: 'dpo.nll_weight',
      label: 'Weight of the likelihood term',
      kind: 'number',
      means: 'Adds the chosen response’s negative log-likelihood to the loss.',
      paper: '0',
      up: 'Keeps chosen responses from becoming unlikely too, a known failing of DPO.',
      bounds: '0 or more',
    },
    ...trainingFields('dpo', { rate: '1e-6', lowest: '1e-7' }),
  ],
}
