import type { Method } from '../../main/shared/recipe.ts'

interface MethodWords {
  /** As a choice in a form, and on the run's page. */
  readonly label: string
  /** What an iteration is. */
  readonly means: string
  /** Why the run has rewards, or none. */
  readonly why: string
}

/** What an iteration can be, in the order of the form. */
export const methodWords: Readonly<Record<Method, MethodWords>> = {
  'self-rewarding': {
    label: 'self-rewarding: own answers, judged',
    means: 'Self-rewarding: the model answers new prompts, judges its answers, and learns from the pairs.',
    why: 'the model judges its own answers.',
  },
  spin: {
    label: 'SPIN: seed answers against own',
    means: 'SPIN: the model answers the seed data’s prompts, and learns to prefer the seed data’s answers to its own.',
    why: 'SPIN prefers the seed data’s answers to the model’s own, so nothing is judged.',
  },
  'self-sft': {
    label: 'self-SFT: own answers, not judged',
    means: 'Self-SFT: the model answers new prompts and is fine-tuned on all of its answers.',
    why: 'self-SFT fine-tunes the model on all of its answers, so nothing is judged.',
  },
}
