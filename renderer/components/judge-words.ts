import type { ProbedMethod } from '../../main/shared/probed-judge.ts'
import type { JudgeMethod } from '../../main/shared/recipe.ts'

interface JudgeWords {
  /** In a sentence and in a table. */
  readonly name: string
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
    name: 'additive',
    label: 'additive: written scores',
    by: 'the additive 5-point prompt, 3 judgements averaged',
    means: 'Additive samples judgements that end with a score, and averages them.',
  },
  expected: {
    name: 'expected score',
    label: 'expected score',
    by: 'the expected score',
    means: 'Expected takes the expectation over the score probabilities, in one pass and with few ties.',
  },
  ticks: { name: 'ticks', label: 'ticks', by: 'one tick per requirement', means: 'Ticks marks each requirement as met or not.' },
  yes: {
    name: 'yes',
    label: 'yes: one question',
    by: 'the probability of “yes, it is good”',
    means: 'Yes asks whether the answer is good and takes the probability of yes: no text, hardly any ties, and small models can do it.',
  },
  checklist: {
    name: 'checklist',
    label: 'checklist',
    by: 'a checklist, one question per requirement',
    means: 'Checklist asks about each requirement of the prompt and adds up the probabilities of yes.',
  },
  pairwise: {
    name: 'pairwise',
    label: 'pairwise comparisons',
    by: 'comparing every two answers in both orders',
    means: 'Pairwise compares every two answers to a prompt in both orders; the reward is the share of comparisons won.',
  },
  contrast: {
    name: 'contrast',
    label: 'contrast of two system messages',
    by: 'its likelihood if asked for good rather than bad answers',
    means: 'Contrast is how much likelier an answer becomes if a system message asks for good answers rather than bad ones.',
  },
  implicit: {
    name: 'implicit',
    label: 'implicit reward',
    by: 'its likelihood compared with M0',
    means: 'Implicit is how much likelier an answer has become since M0, which is the reward that DPO implies.',
  },
  verifier: {
    name: 'verifier',
    label: 'verifier: programs check requirements',
    by: 'programs that check the prompt’s requirements',
    means: 'Verifier has programs check the prompt’s requirements and counts those that are met; it asks no model.',
  },
  majority: {
    name: 'majority',
    label: 'majority: the same answer',
    by: 'the share of answers to the prompt that agree with it',
    means: 'Majority is the share of a prompt’s answers that give the same final answer, such as the same number; it asks no model.',
  },
  length: {
    name: 'longer answer',
    label: 'length (a control)',
    by: 'its length (a control)',
    means: 'Length is a control: it shows how far a judge gets that only prefers longer answers.',
  },
  random: {
    name: 'random',
    label: 'random (a control)',
    by: 'random numbers (a control)',
    means: 'Random is a control: the model can’t learn from it.',
  },
}

/** The words for a measured judge: a method above, or the control that prefers the longer answer. */
export const probedWords = (method: ProbedMethod): Pick<JudgeWords, 'name' | 'means'> =>
  method === 'length' ? { name: 'longer answer', means: 'Prefers the longer answer. A control: it reads nothing.' } : judgeWords[method]
