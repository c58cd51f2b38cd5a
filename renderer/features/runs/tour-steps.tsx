import type { ReactNode } from 'react'
import type { Station } from './loop-diagram.tsx'

interface TourStep {
  readonly title: string
  readonly active: readonly Station[]
  readonly text: ReactNode
  /** What to watch in the window. */
  readonly watch: string
}

/** The method in five steps, for users who haven't read the paper. */
export const tourSteps: readonly TourStep[] = [
  {
    title: 'A model that can answer and judge',
    active: ['model'],
    text: 'You choose a base model, M0, and seed data: instructions with good responses, and answers ranked by people. Laurel turns the ranked answers into judge examples. Fine-tuned on both, M0 becomes M1, which can answer prompts and score answers.',
    watch: 'On the Run page: how often M1 agrees with people as a judge, compared with a judge that looks only at length.',
  },
  {
    title: 'It writes prompts and answers them',
    active: ['prompts', 'candidates'],
    text: 'The model writes new prompts from a few examples, and near-duplicates are dropped. Then it answers each prompt several times. The paper uses four candidates.',
    watch: 'How many prompts are accepted, and why others are rejected.',
  },
  {
    title: 'It judges its own answers',
    active: ['judge', 'pairs'],
    text: 'The same model scores each answer from 0 to 5. The mean of several judgements is the reward. The best and the worst answer to a prompt become a preference pair; a tie makes no pair.',
    watch: 'The reward distribution. If every answer gets the same score, the model can’t learn anything from it.',
  },
  {
    title: 'You can overrule it',
    active: ['pairs'],
    text: 'In Review, you read the pairs, the most doubtful first, and decide which answer is better, or that both are bad. Your decisions take precedence over the judge’s. You can make a run wait for your review before each training.',
    watch: 'How often you and the judge agree.',
  },
  {
    title: 'It learns from the pairs and starts again',
    active: ['dpo', 'model'],
    text: 'Direct Preference Optimization (DPO) makes the chosen answers more likely and the rejected ones less likely. The result is M2. Then the loop repeats with M2, which should also be a better judge.',
    watch: 'Win rates between the models. Longer answers alone aren’t progress, so the Run page shows length as well.',
  },
]
