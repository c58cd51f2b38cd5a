import type { ReactNode } from 'react'
import type { Station } from './loop-diagram.tsx'

export interface TourStep {
  readonly title: string
  readonly active: readonly Station[]
  readonly text: ReactNode
  /** What to look at in the window meanwhile. */
  readonly watch: string
}

/** The method in five steps, for somebody who has not read the paper. */
export const tourSteps: readonly TourStep[] = [
  {
    title: 'A model that can answer and judge',
    active: ['model'],
    text: 'You choose a base model, M0, and seed data: instructions with good responses, and answers that people have ranked. Fine-tuned on both, M0 becomes M1, which can answer a prompt and also score an answer.',
    watch: 'On the Run page, how often M1 as a judge agrees with people, beside a judge that knows nothing but length.',
  },
  {
    title: 'It writes prompts and answers them',
    active: ['prompts', 'candidates'],
    text: 'The model writes new tasks from a few examples; near-duplicates are dropped. It then answers each several times: four candidates in the paper.',
    watch: 'How many prompts are accepted, and why the others are not.',
  },
  {
    title: 'It judges its own answers',
    active: ['judge', 'pairs'],
    text: 'The same model reads each answer and gives it up to five points. The mean of some judgements is the reward. The best and the worst answer to a prompt become a pair; a tie makes none.',
    watch: 'The reward distribution: where every answer gets the same score, nothing can be learned from it.',
  },
  {
    title: 'You may overrule it',
    active: ['pairs'],
    text: 'In Review you read pairs, the most doubtful first, and say which answer is better, or that both are bad. Your word outranks the judge’s. A run can be told to wait for you before each training.',
    watch: 'How often you and the judge agree.',
  },
  {
    title: 'It learns from the pairs, and begins anew',
    active: ['dpo', 'model'],
    text: 'Direct Preference Optimisation makes the chosen answers likelier and the rejected ones less likely: M2. With M2 everything is done again, and it is a better judge as well.',
    watch: 'Win rates between the models. Longer answers alone are no progress; the Run page shows length beside them.',
  },
]
