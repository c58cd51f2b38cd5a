import type { ProgressKey } from '../../main/api/contract/charts.ts'
import type { RunDetails } from '../../main/api/contract/runs.ts'

/** The words of the Run page: short names, and what they mean, with the paper's value. */

export type StageName = RunDetails['stages'][number]['stage']

interface StageWords {
  readonly name: string
  /** What is going on, for "Judging M2's candidates". */
  readonly doing: (model: string, next: string) => string
  readonly means: string
}

export const stageWords: Readonly<Record<StageName, StageWords>> = {
  'seed-data': {
    name: 'Seed data',
    doing: () => 'Reading the seed data',
    means:
      'Instruction examples (IFT) and judging examples (EFT) written by people, read once and kept with the run. Paper: 3,200 and 1,630.',
  },
  baseline: {
    name: 'SFT baseline',
    doing: () => 'Fine-tuning the SFT baseline',
    means: 'M0 fine-tuned on instruction examples alone. It judges human-ranked answers, from which judging examples are built.',
  },
  eft: {
    name: 'Judging examples',
    doing: () => 'Building judging examples',
    means: 'The baseline judges human-ranked answers; judgements whose order agrees with people become EFT examples. Paper: 1,630.',
  },
  prompts: {
    name: 'Prompts',
    doing: (model) => `${model} writes new prompts`,
    means: 'The model writes new prompts after being shown examples; those too like known ones, too short or unfit are rejected.',
  },
  candidates: {
    name: 'Candidates',
    doing: (model) => `${model} answers its prompts`,
    means: 'Several responses to each prompt, sampled from the model. Paper: 4 a prompt at temperature 0.7.',
  },
  judgements: {
    name: 'Judging',
    doing: (model) => `${model} judges its answers`,
    means: 'The model scores each candidate from 0 to 5. A candidate’s reward is the mean of its readable judgements. Paper: 3 each.',
  },
  pairs: {
    name: 'Pairs',
    doing: () => 'Making pairs',
    means: 'Of each prompt the best candidate (chosen) against the worst (rejected). Equal rewards make no pair. Paper: 3,964, then 6,942.',
  },
  review: {
    name: 'Review',
    doing: () => 'Review',
    means: 'A person’s decisions on pairs. They outrank the judge in the training that follows.',
  },
  train: {
    name: 'Training',
    doing: (_, next) => `Training ${next}`,
    means:
      'M0 is fine-tuned on the seed data; every later model is trained on preference pairs by DPO, with the model before it as reference.',
  },
  evaluate: {
    name: 'Evaluation',
    doing: (_, next) => `Measuring ${next}`,
    means: 'The new model against earlier ones on held-out prompts, and its quality as a judge.',
  },
}

interface FigureWords {
  readonly name: string
  readonly means: string
}

export const figureWords: Readonly<Record<ProgressKey, FigureWords>> = {
  'mean-reward': {
    name: 'Mean reward',
    means: 'What the model gave its own answers, 0 to 5. Each model judges itself, so a rise may be a milder judge: look at win rates too.',
  },
  yield: {
    name: 'Pair yield',
    means: 'Pairs per prompt. Low: the judge hardly tells the answers apart (many ties).',
  },
  'tie-share': { name: 'Ties', means: 'Share of prompts whose best and worst answer got the same reward: they make no pair.' },
  'parse-failures': {
    name: 'Unreadable judgements',
    means: 'Share of judgements in which no score could be found. They count for nothing. A rise means that the model forgets the format.',
  },
  length: { name: 'all', means: 'Mean length of the candidates, in characters.' },
  'length-chosen': { name: 'chosen', means: 'Mean length of chosen responses.' },
  'length-rejected': { name: 'rejected', means: 'Mean length of rejected responses.' },
  'judge-agreement': {
    name: 'judge',
    means: 'How often the judge orders two human-ranked answers as people do. Paper: 78.7% (M1) to 81.7% (M3).',
  },
  'judge-length-only': { name: 'length alone', means: 'What a judge that always prefers the longer answer would get on the same answers.' },
  'true-accuracy': {
    name: 'sampled',
    means: 'Share of answers that a program, which knows the rules, finds right. The loop never sees it.',
  },
  'true-accuracy-greedy': { name: 'likeliest', means: 'The same for the likeliest answer instead of a sampled one.' },
}

interface MetricWords {
  readonly name: string
  readonly means: string
  /** Where a line means something. */
  readonly at?: number
}

/** Training metrics by TRL's names; others are shown by their name alone. */
export const metricWords: Readonly<Record<string, MetricWords>> = {
  loss: {
    name: 'loss',
    means: 'What is minimised. In preference training it begins at ln 2 = 0.693 (plus the likelihood term, where there is one).',
  },
  nll_loss: { name: 'nll_loss', means: 'Mean negative log-likelihood of the chosen responses’ tokens.' },
  'rewards/chosen': {
    name: 'rewards/chosen',
    means: 'beta times how much likelier chosen responses became than under the reference.',
    at: 0,
  },
  'rewards/rejected': { name: 'rewards/rejected', means: 'The same for rejected responses. Both often fall; the margin counts.', at: 0 },
  'rewards/margins': { name: 'rewards/margins', means: 'Chosen minus rejected: what DPO makes grow.', at: 0 },
  'rewards/accuracies': { name: 'rewards/accuracies', means: 'Share of pairs whose margin is positive. 0.5 is chance.', at: 0.5 },
  'logps/chosen': {
    name: 'logps/chosen',
    means: 'Summed log-probability of chosen responses. A steep fall is a known sign of over-training.',
  },
  'logps/rejected': { name: 'logps/rejected', means: 'Summed log-probability of rejected responses.' },
  grad_norm: { name: 'grad_norm', means: 'Length of the gradient before clipping.' },
  learning_rate: { name: 'learning_rate', means: 'Step size after warm-up and decay. Paper: 5.5e-6 for fine-tuning, 1e-6 for DPO.' },
  entropy: { name: 'entropy', means: 'Mean entropy of the predicted tokens, in nats. A collapse means that the model repeats itself.' },
  mean_token_accuracy: { name: 'mean_token_accuracy', means: 'Share of target tokens that were the likeliest.' },
  seconds: { name: 'seconds', means: 'Time of a step.' },
}

/** The metrics shown first, by what is trained. */
export const firstMetrics = {
  dpo: ['loss', 'rewards/margins', 'rewards/accuracies', 'logps/chosen', 'logps/rejected', 'grad_norm'],
  sft: ['loss', 'mean_token_accuracy', 'grad_norm', 'learning_rate', 'entropy'],
} as const

/** What the demo's grading program measured, by the name under which it is stored. */
export const checkNames: Readonly<Record<string, string>> = {
  'true-accuracy': 'True accuracy, sampled',
  'true-accuracy-greedy': 'True accuracy, likeliest answer',
}
