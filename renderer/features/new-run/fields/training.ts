import { defaultDiscopopTau, type PreferenceLossType, smoothedLosses } from '../../../../main/shared/loss-settings.ts'
import { valueAt } from '../document.ts'
import type { Field, FieldGroup } from './field.ts'
import { methodIn } from './method.ts'
import { earlierIterations } from './spin.ts'

interface TrainingWords {
  readonly rate: string
  readonly lowest: string
}

/** Fields shared by all trainings. */
function trainingFields(section: 'sft' | 'dpo' | 'reward' | 'self_sft.training', { rate, lowest }: TrainingWords): Field[] {
  const isThere = (recipe: Parameters<typeof valueAt>[0]): boolean => valueAt(recipe, section) !== null
  const hasAdapters = (recipe: Parameters<typeof valueAt>[0]): boolean => isThere(recipe) && valueAt(recipe, `${section}.lora`) !== null
  const fields: Field[] = [
    {
      key: 'learning_rate',
      label: 'Learning rate',
      kind: 'number',
      means: 'Peak learning rate of the optimizer.',
      paper: rate,
      up: 'Learns faster, but may forget or diverge.',
      down: 'Learns less in the same time.',
      bounds: '0 or more',
    },
    {
      key: 'min_learning_rate',
      label: 'Min learning rate',
      kind: 'number',
      means: 'Learning rate at the end of the schedule.',
      paper: lowest,
      bounds: '0 or more',
    },
    {
      key: 'lr_scheduler',
      label: 'Learning-rate schedule',
      kind: 'choice',
      choices: ['cosine', 'linear', 'constant'].map((value) => ({ value, label: value })),
      means: 'How the learning rate decays from its peak to its minimum.',
      paper: 'cosine',
    },
    {
      key: 'warmup_steps',
      label: 'Warmup',
      kind: 'integer',
      unit: 'steps',
      means: 'Steps during which the learning rate rises from 0.',
      bounds: '0 or more',
    },
    {
      key: 'batch_size',
      label: 'Batch size',
      kind: 'integer',
      unit: section === 'sft' ? 'examples per step' : 'pairs per step',
      means: 'Rows per optimizer step. They are processed in micro-batches, so memory doesn’t grow with the batch size.',
      paper: '16',
      up: 'Fewer and more stable steps.',
      down: 'More and noisier steps.',
      bounds: '1 or more',
    },
    {
      key: 'epochs',
      label: 'Epochs',
      kind: 'number',
      means: 'Passes over the training data.',
      up: 'Learns the data better, but overfits after a few.',
      bounds: 'above 0',
    },
    {
      key: 'dropout',
      label: 'Dropout',
      kind: 'number',
      unit: 'share',
      means: 'Share of activations dropped at random during training.',
      paper: '0.1',
      up: 'Less overfitting.',
      bounds: '0 to 0.9',
    },
    {
      key: 'max_length',
      label: 'Max length',
      kind: 'integer',
      unit: 'tokens',
      means: 'Longer rows are truncated.',
      up: 'Fewer rows are truncated, but long ones take more memory and time.',
      down: 'Less memory, but the ends of long responses aren’t learned.',
      bounds: '2 or more',
    },
    {
      key: 'weight_decay',
      label: 'Weight decay',
      kind: 'number',
      means: 'How strongly each step pulls the weights toward 0.',
      bounds: '0 or more',
    },
    {
      key: 'max_grad_norm',
      label: 'Max gradient norm',
      kind: 'number?',
      means: 'Gradient clipping: larger gradients are scaled down to this norm. Empty: no clipping.',
      bounds: 'above 0, or empty',
    },
    {
      key: 'gradient_checkpointing',
      label: 'Gradient checkpointing',
      kind: 'switch',
      means:
        'Keeps only each layer’s input and recomputes the other activations in the backward pass: about a third more time, a fraction of the memory.',
    },
    {
      key: 'freeze_padding',
      label: 'Freeze padding token',
      kind: 'switch',
      means:
        'Doesn’t train the padding token’s input embedding, as in transformers and TRL. Models that pad with the end of a turn otherwise do.',
    },
    {
      key: 'save_steps',
      label: 'Checkpoint every',
      kind: 'integer',
      unit: 'steps',
      means: 'After a crash, training resumes from the last checkpoint. A pause always writes one.',
      paper: '200',
      up: 'Less writing, but more work lost in a crash.',
      bounds: '0 (only at a pause) or more',
    },
  ]
  const adapters: Field[] = [
    {
      key: 'lora.rank',
      label: 'LoRA rank',
      kind: 'integer',
      means: 'Rank of the low-rank adapters.',
      up: 'The adapters can learn more.',
      bounds: '1 or more',
      when: hasAdapters,
    },
    {
      key: 'lora.alpha',
      label: 'LoRA alpha',
      kind: 'number',
      means: 'The adapters’ output is scaled by alpha divided by rank.',
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
      label: 'Prompt loss weight',
      kind: 'number',
      means: 'Weight of prompt tokens in the loss, relative to response tokens. For judge prompts, it is always 0.',
      paper: '0',
      bounds: '0 or more',
      when: (recipe) => valueAt(recipe, 'sft') !== null,
    },
  ],
}

const trainsOnPairs = (recipe: Recipe): boolean =>
  [valueAt(recipe, 'seed_data.eft_form')].flat().some((form) => form === 'ranked' || form === 'made')

export const judgeTraining: FieldGroup = {
  id: 'reward',
  title: 'Judge training (SFT to M1)',
  about: 'How M1 is trained on pairs of answers to tell the better one, if the judge examples have such a form.',
  fields: [
    ...trainingFields('reward', { rate: '', lowest: '' }).map(({ paper: _, ...field }) => field),
    {
      key: 'reward.label_smoothing',
      label: 'Label smoothing',
      kind: 'number' as const,
      means: 'Assumed probability that a pair is in the wrong order.',
      up: 'Trusts the ranking less.',
      bounds: '0 to below 0.5',
    },
    {
      key: 'reward.nll_weight',
      label: 'Verdict loss weight',
      kind: 'number' as const,
      means: 'Weight of the negative log-likelihood of the verdicts as text: yes for the better answer and no for the worse one.',
      up: 'Keeps Yes and No likely, and the verdicts calibrated.',
      bounds: '0 or more',
    },
  ].map((field) => ({
    ...field,
    when: (recipe: Recipe) => trainsOnPairs(recipe) && (!field.key.includes('lora.') || valueAt(recipe, 'reward.lora') !== null),
  })),
}

type Recipe = Parameters<typeof valueAt>[0]

/** Labels of the preference losses, in the order of the list. */
const lossLabels: Readonly<Record<PreferenceLossType, string>> = {
  sigmoid: 'sigmoid (DPO)',
  hinge: 'hinge (SLiC)',
  ipo: 'ipo (squared distance per token)',
  robust: 'robust (wrong labels)',
  sigmoid_norm: 'sigmoid_norm (DPO per token)',
  apo_zero: 'apo_zero (chosen up, rejected down)',
  apo_down: 'apo_down (both down)',
  exo_pair: 'exo_pair (reverse KL)',
  nca_pair: 'nca_pair (keeps chosen likely)',
  sppo_hard: 'sppo_hard (fixed targets)',
  discopop: 'discopop (logistic and exponential)',
}

const lossesOf = (recipe: Recipe): unknown[] => [valueAt(recipe, 'dpo.loss_type')].flat()

/** A setting of some losses is shown with these, and while its value isn't the default, which other losses refuse. */
const ofLosses =
  (key: string, initial: unknown, losses: readonly string[]) =>
  (recipe: Recipe): boolean =>
    (valueAt(recipe, key) ?? initial) !== initial || lossesOf(recipe).some((loss) => losses.some((known) => known === loss))

export const preferenceTraining: FieldGroup = {
  id: 'dpo',
  title: 'Preference training (DPO)',
  about: 'How M(t+1) is trained on the pairs of M(t).',
  when: methodIn('self-rewarding', 'spin'),
  fields: [
    earlierIterations,
    {
      key: 'dpo.beta',
      label: 'Beta',
      kind: 'number',
      means: 'How strongly the model is kept close to the reference model, which it starts from.',
      paper: '0.1',
      up: 'Stays closer to the reference and changes less.',
      down: 'Moves further from the reference. Answers may become long or repetitive.',
      bounds: 'above 0',
    },
    {
      key: 'dpo.loss_type',
      label: 'Loss',
      kind: 'choice',
      choices: Object.entries(lossLabels).map(([value, label]) => ({ value, label })),
      means: 'The loss of a pair, by its name in TRL. A recipe file can also list several losses, which are added up.',
      paper: 'sigmoid',
    },
    {
      key: 'dpo.loss_weights',
      label: 'Loss weights',
      kind: 'numbers?',
      means: 'One weight for each of the losses that the recipe file lists. Empty: 1 each.',
      bounds: '0 or more',
      when: (recipe) => (valueAt(recipe, 'dpo.loss_weights') ?? null) !== null || Array.isArray(valueAt(recipe, 'dpo.loss_type')),
    },
    {
      key: 'dpo.label_smoothing',
      label: 'Label smoothing',
      kind: 'number',
      means: 'Assumed probability that a pair is in the wrong order.',
      paper: '0',
      up: 'Trusts the judge less, so wrong pairs do less harm.',
      bounds: '0 to below 0.5; above 0 for exo_pair (its paper: 0.001)',
      when: ofLosses('dpo.label_smoothing', 0, smoothedLosses),
    },
    {
      key: 'dpo.discopop_tau',
      label: 'DiscoPOP temperature',
      kind: 'number',
      means: 'How gradually the loss changes from logistic to exponential as a pair’s margin grows.',
      up: 'A more gradual change.',
      bounds: 'above 0',
      when: ofLosses('dpo.discopop_tau', defaultDiscopopTau, ['discopop']),
    },
    {
      key: 'dpo.nll_weight',
      label: 'NLL weight',
      kind: 'number',
      means: 'Weight of the chosen responses’ negative log-likelihood, added to the loss (TRL: the loss sft).',
      paper: '0',
      up: 'Keeps chosen responses from becoming less likely as well, a known weakness of DPO.',
      bounds: '0 or more',
    },
    ...trainingFields('dpo', { rate: '1e-6', lowest: '1e-7' }),
  ],
}

export const selfTraining: FieldGroup = {
  id: 'self_sft.training',
  title: 'Self-SFT (M(t) to M(t+1))',
  about: 'How M(t+1) is fine-tuned on the answers of M(t).',
  when: methodIn('self-sft'),
  fields: trainingFields('self_sft.training', { rate: '5.5e-6 for M1', lowest: '1.1e-6 for M1' }),
}
