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
  random: {
    label: 'random (a control)',
    by: 'random numbers (a control)',
    means: 'Random is a control: the model can’t learn from it.',
  },
}
