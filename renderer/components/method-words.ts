import type { ProgressKey } from '../../main/shared/contract/charts-contract.ts'
import { outsideNames } from '../../main/shared/outside-measures.ts'

/** Names and explanations of figures and training metrics, with the paper's values. */

interface FigureWords {
  readonly name: string
  readonly means: string
}

export const figureWords: Readonly<Record<ProgressKey, FigureWords>> = {
  'mean-reward': {
    name: 'Mean reward',
    means:
      'Mean reward that the model gave its own answers. Each model judges itself, so a rise may only mean a more lenient judge: check win rates too.',
  },
  yield: {
    name: 'Pair yield',
    means:
      'Share of the prompts that gave a pair. A low yield means that the judge hardly distinguishes between answers (many ties), or that the recipe’s rules leave out most pairs.',
  },
  'decided-share': {
    name: 'Prompts decided',
    means:
      'Share of prompts whose best and worst answers have rewards far enough apart for a pair. Of these, the recipe’s rules may leave out some.',
  },
  'tie-share': { name: 'Ties', means: 'Share of prompts whose best and worst answers got the same reward. They make no pair.' },
  'parse-failures': {
    name: 'Unreadable judgements',
    means: 'Share of judgements without a readable score. They are ignored. A rise means that the model is forgetting the format.',
  },
  'flip-rate': {
    name: 'Verdicts that depend on the order',
    means:
      'Share of the judge’s comparisons in which it prefers another answer if the two are swapped. 50% is a judge that goes by place alone.',
  },
  length: { name: 'all', means: 'Mean length of the candidates, in characters.' },
  'length-chosen': { name: 'chosen', means: 'Mean length of chosen responses.' },
  'length-rejected': { name: 'rejected', means: 'Mean length of rejected responses.' },
  'judge-agreement': {
    name: 'judge',
    means: 'How often the judge orders two human-ranked answers the way people did. Paper: 78.7% (M1) to 81.7% (M3).',
  },
  'judge-length-only': { name: 'length alone', means: 'Accuracy of a judge that always prefers the longer answer, on the same answers.' },
  'true-accuracy': {
    name: 'sampled',
    means: 'Share of answers that the demo’s grading program marks as correct. The loop never sees this figure.',
  },
  'true-accuracy-greedy': { name: 'greedy', means: 'The same for greedy answers instead of sampled ones.' },
  checks: {
    name: 'sampled',
    means:
      'Share of answers to held-out prompts that meet every requirement of their prompt. Programs decide, and the loop never sees these prompts.',
  },
  'checks-greedy': { name: 'greedy', means: 'The same for greedy answers instead of sampled ones.' },
  'checks-held-out': {
    name: 'sampled',
    means: 'The same for prompts with kinds of requirements that occur nowhere in the run: whether what the models learn carries over.',
  },
  'checks-held-out-greedy': { name: 'greedy', means: 'The same for greedy answers instead of sampled ones.' },
}

interface MetricWords {
  readonly name: string
  readonly means: string
  /** Position of the reference line. */
  readonly at?: number
}

/** Training metrics by their TRL names. Others are shown without an explanation. */
export const metricWords: Readonly<Record<string, MetricWords>> = {
  loss: {
    name: 'loss',
    means: 'The training loss. In preference training with the sigmoid loss it starts at ln 2 = 0.693, plus the NLL term if there is one.',
  },
  nll_loss: { name: 'nll_loss', means: 'Mean negative log-likelihood of the chosen responses’ tokens.' },
  'rewards/chosen': {
    name: 'rewards/chosen',
    means: 'beta times the gain in log-probability of chosen responses over the reference.',
    at: 0,
  },
  'rewards/rejected': {
    name: 'rewards/rejected',
    means: 'The same for rejected responses. Both often fall; what matters is the margin.',
    at: 0,
  },
  'rewards/margins': { name: 'rewards/margins', means: 'Chosen minus rejected. DPO increases this margin.', at: 0 },
  'rewards/accuracies': { name: 'rewards/accuracies', means: 'Share of pairs whose margin is positive. 0.5 is chance.', at: 0.5 },
  'probabilities/chosen': {
    name: 'probabilities/chosen',
    means: 'Mean probability of yes, rather than no, as the verdict on the better answers.',
  },
  'probabilities/rejected': { name: 'probabilities/rejected', means: 'The same for the worse answers.' },
  verdict_mass: {
    name: 'verdict_mass',
    means: 'Mean probability that the model says yes or no at all. A fall means that it is forgetting the form of a verdict.',
  },
  'logps/chosen': {
    name: 'logps/chosen',
    means: 'Summed log-probability of chosen responses. A steep fall is a known sign of overtraining.',
  },
  'logps/rejected': { name: 'logps/rejected', means: 'Summed log-probability of rejected responses.' },
  grad_norm: { name: 'grad_norm', means: 'Gradient norm before clipping.' },
  learning_rate: { name: 'learning_rate', means: 'Learning rate after warmup and decay. Paper: 5.5e-6 for fine-tuning, 1e-6 for DPO.' },
  entropy: {
    name: 'entropy',
    means: 'Mean entropy of the next-token distributions, in nats. A collapse means that the model repeats itself.',
  },
  mean_token_accuracy: { name: 'mean_token_accuracy', means: 'Share of target tokens that were the model’s top prediction.' },
  seconds: { name: 'seconds', means: 'Time per step.' },
}

/** The metrics shown by default, by task. */
export const firstMetrics = {
  dpo: ['loss', 'rewards/margins', 'rewards/accuracies', 'logps/chosen', 'logps/rejected', 'grad_norm'],
  reward: ['loss', 'rewards/margins', 'rewards/accuracies', 'probabilities/chosen', 'probabilities/rejected', 'grad_norm'],
  sft: ['loss', 'mean_token_accuracy', 'grad_norm', 'learning_rate', 'entropy'],
} as const

/** Titles of evaluations by programs, by their stored names. */
export const checkNames: Readonly<Record<string, string>> = {
  'true-accuracy': 'True accuracy, sampled',
  'true-accuracy-greedy': 'True accuracy, greedy',
  ...outsideNames,
}
