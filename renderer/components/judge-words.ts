import type { JudgeMethod } from '../../main/shared/recipe.ts'

interface JudgeWords {
  /** As a choice in a form. */
  readonly label: string
  /** For "scoring each by ...". */
  readonly by: string
  /** What it does, in one or two sentences. */
  readonly means: string
}

/** Every method of judging, in the order of the form. */
export const judgeWords: Readonly<Record<JudgeMethod, JudgeWords>> = {
  additive: {
    label: 'additive: written scores',
    by: 'the additive 5-point prompt, 3 judgements averaged',
    means: 'Additive samples judgements that end with a score, and averages them.',
  },
  expected: {
    label: 'expected score',
    by: 'the expected score',
    means: 'Expected takes the expectation over the score probabilities, in one pass and with few ties.',
  },
  ticks: { label: 'ticks', by: 'one tick per requirement', means: 'Ticks marks each requirement as met or not.' },
  yes: {
    label: 'yes: one question',
    by: 'the probability of “yes, it is good”',
    means: 'Yes asks whether the answer is good and takes the probability of yes: no text, hardly any ties, and small models can do it.',
  },
  checklist: {
    label: 'checklist',
    by: 'a checklist, one question per requirement',
    means: 'Checklist asks about each requirement of the prompt and adds up the probabilities of yes.',
  },
  pairwise: {
    label: 'pairwise comparisons',
    by: 'comparing every two answers in both orders',
    means: 'Pairwise compares every two answers to a prompt in both orders; the reward is the share of comparisons won.',
  },
  contrast: {
    label: 'contrast of two system messages',
    by: 'its likelihood if asked for good rather than bad answers',
    means: 'Contrast is how much likelier an answer becomes if a system message asks for good answers rather than bad ones.',
  },
  implicit: {
    label: 'implicit reward',
    by: 'its likelihood compared with M0',
    means: 'Implicit is how much likelier an answer has become since M0, which is the reward that DPO implies.',
  },
  random: {
    label: 'random (a control)',
    by: 'random numbers (a control)',
    means: 'Random is a control: the model can’t learn from it.',
  },
}
