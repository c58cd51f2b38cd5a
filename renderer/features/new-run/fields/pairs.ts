import type { RecipeDocument } from '../../../../main/shared/contract/new-run-contract.ts'
import { failureLimits, guardCodes } from '../../../../main/shared/failure-signs.ts'
import { valueAt } from '../document.ts'
import type { FieldGroup } from './field.ts'
import { isSelfRewarding } from './method.ts'

const ruleIs =
  (...rules: string[]) =>
  (recipe: RecipeDocument): boolean =>
    rules.includes(String(valueAt(recipe, 'pairs.rule')))

export const pairs: FieldGroup = {
  id: 'pairs',
  title: 'Pairs',
  about: 'Which answers make a pair.',
  when: isSelfRewarding,
  fields: [
    {
      key: 'pairs.rule',
      label: 'Rule',
      kind: 'choice',
      choices: [
        { value: 'best-v-worst', label: 'best against worst' },
        { value: 'all-above-margin', label: 'all above the min gap' },
        { value: 'length-controlled', label: 'length-controlled' },
        { value: 'anchored', label: 'best against M0’s worst' },
        { value: 'human-only', label: 'only pairs that you decide' },
      ],
      means:
        'Best against worst makes one pair of a prompt’s answers. All above the min gap makes several. Length-controlled takes the shortest good answer and the longest bad one. Against M0’s worst keeps the rejected answers from getting as good as the chosen ones; M0 answers every prompt, too. The last one trains only on pairs that you have decided in Review.',
      paper: 'best against worst',
    },
    {
      key: 'pairs.min_gap',
      label: 'Min reward gap',
      kind: 'number',
      unit: 'reward',
      means: 'The chosen answer’s reward must exceed the rejected one’s by at least this. A tie never makes a pair.',
      paper: '0: any difference',
      up: 'Fewer pairs, but more reliable ones.',
      down: 'More pairs, but more of them due to chance.',
      bounds: '0 or more',
    },
    {
      key: 'pairs.max_per_prompt',
      label: 'Max pairs per prompt',
      kind: 'integer',
      means: 'The pairs with the widest gaps are kept. Four answers have six pairs.',
      up: 'More pairs, but they share answers.',
      bounds: '1 or more',
      when: ruleIs('all-above-margin'),
    },
    {
      key: 'pairs.max_per_iteration',
      label: 'Max pairs per iteration',
      kind: 'integer?',
      means: 'The pairs with the widest gaps are kept. Empty: all.',
      up: 'More pairs, and longer trainings.',
      bounds: '1 or more, or empty',
    },
    {
      key: 'pairs.rho',
      label: 'Length control (rho)',
      kind: 'number',
      unit: 'share',
      means:
        'The share of a prompt’s reward range that counts as good, and as bad. Of the good answers the shortest is chosen, of the bad ones the longest is rejected.',
      up: 'Length counts more and the reward less.',
      down: '0: the best against the worst, whatever their length.',
      bounds: '0 to 0.5',
      when: ruleIs('length-controlled'),
    },
    {
      key: 'pairs.length_ratio',
      label: 'Length ratio',
      kind: 'numbers?',
      means:
        'The smallest and the largest length of a chosen answer relative to the rejected one, in characters: 0.8 and 1.25 keep pairs of similar length. Empty: any length.',
      bounds: 'two numbers, or empty',
    },
    {
      key: 'pairs.endings',
      label: 'Endings',
      kind: 'choice',
      choices: [
        { value: 'any', label: 'any' },
        { value: 'finished', label: 'both finished' },
        { value: 'chosen-finished', label: 'chosen finished' },
        { value: 'same', label: 'alike' },
      ],
      means:
        'Which answers can form a pair. Some are cut off at the token limit: if many of the chosen are, the model learns to never end, and if many of the rejected are, to end early. Alike: both answers ended by themselves, or both were cut off.',
    },
    {
      key: 'pairs.chosen_distinct',
      label: 'Variety of chosen answers',
      kind: 'number',
      means:
        'An answer that repeats itself more than this is never the chosen one: different pairs of neighboring words as a share of all its pairs (distinct-2). Most answers have more than 0.9, one that repeats a line over and over less than 0.5.',
      bounds: '0 to 1; 0: any',
    },
    {
      key: 'pairs.consistency',
      label: 'Consistency weight',
      kind: 'choice',
      choices: [
        { value: 'none', label: 'none' },
        { value: 'prompt', label: 'by prompt' },
        { value: 'iteration', label: 'by iteration' },
      ],
      means:
        'The model of the iteration before judges the answers, too. The less the two rankings agree, the less the loss trusts the order of a pair: by the ranking of its own prompt, or by the mean over all prompts (CREAM). Judging takes twice as long.',
    },
    {
      key: 'pairs.agreement',
      label: 'Implicit reward must agree',
      kind: 'switch',
      means:
        'Keeps only pairs in which the model has become likelier to write the chosen answer than the rejected one, compared with M0 (SCIR). Needs two passes over all answers, and an M1 that differs from M0.',
    },
  ],
}

export const guards: FieldGroup = {
  id: 'guards',
  title: 'Guards',
  about: 'When the run stops by itself.',
  fields: [
    {
      key: 'guards.stop_on',
      label: 'Stop on these warnings',
      kind: 'list',
      choices: guardCodes.map((value) => ({ value, label: value })),
      means: `The run stops after one of these warnings, until you resume it. Fewer than ${failureLimits.pairs} pairs (few-pairs), more than ${failureLimits.epochs} epochs (many-epochs), few prompts with a pair (low-yield), unreadable judgements (parse-failures), longer answers than in the iteration before (length-growth) or in the first one (length-drift), rewards that no longer distinguish (saturated), comparisons that the order decides (flips), own reward up while a program’s measure falls (divergence), rewards that follow the model’s own probabilities more and more (coupling).`,
    },
  ],
}

/** The judges whose judgements are texts. */
const isWritten = (recipe: RecipeDocument): boolean => ['additive', 'ticks'].includes(String(valueAt(recipe, 'judge.method')))
const isOn = (recipe: RecipeDocument): boolean => isWritten(recipe) && valueAt(recipe, 'meta.count') !== 0

export const meta: FieldGroup = {
  id: 'meta',
  title: 'Judge pairs (meta-rewarding)',
  about: 'Whether the model also learns from comparing its own judgements.',
  when: isSelfRewarding,
  fields: [
    {
      key: 'meta.count',
      label: 'Judged answers',
      kind: 'integer',
      unit: 'per iteration',
      means:
        'The model compares its judgements of this many answers, those it is least sure of. The best and the worst judgement of an answer make one pair, on which the next model is trained together with the pairs of answers. 0: off. Only for judges that write their judgements: additive and ticks.',
      up: 'More training as a judge, and more time.',
      bounds: '0 or more',
    },
    {
      key: 'meta.judgements',
      label: 'Judgements compared',
      kind: 'integer',
      unit: 'per answer',
      means: 'Those that set the reward are among them; the rest are sampled. Every two are compared in both orders.',
      paper: '11 (Meta-Rewarding)',
      up: 'A better best and a worse worst judgement. Comparisons grow with the square.',
      bounds: '2 or more',
      when: isOn,
    },
    {
      key: 'meta.temperature',
      label: 'Temperature',
      kind: 'number',
      means: 'Randomness of the further judgements.',
      bounds: 'above 0',
      when: isOn,
    },
    {
      key: 'meta.max_characters',
      label: 'Max length of the best',
      kind: 'integer?',
      unit: 'characters',
      means: 'Drops a pair whose best judgement is longer, so that judgements don’t grow. Empty: any length.',
      bounds: '1 or more, or empty',
      when: isOn,
    },
    {
      key: 'meta.iterations',
      label: 'Only in the first iterations',
      kind: 'integer?',
      means: 'Judge pairs are made only in this many first iterations. Empty: in all.',
      paper: '2 of 4 (Meta-Rewarding)',
      bounds: '1 or more, or empty',
      when: isOn,
    },
    {
      key: 'meta.prompt',
      label: 'Prompt',
      kind: 'text',
      means: 'How two judgements are compared: the name of a prompt that ships with Laurel, or a text file’s path.',
      when: isOn,
    },
  ],
}
