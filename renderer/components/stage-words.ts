import type { RunListing } from '../../main/shared/contract/runs-contract.ts'

export type StageName = NonNullable<RunListing['stage']>

interface StageWords {
  readonly name: string
  /** The work in progress, for example "M2 is judging its answers". */
  readonly doing: (model: string, next: string) => string
  readonly means: string
}

/** Names and explanations of a run's stages, with the paper's figures. */
export const stageWords: Readonly<Record<StageName, StageWords>> = {
  'seed-data': {
    name: 'Seed data',
    doing: () => 'Reading the seed data',
    means:
      'Instruction examples (IFT) and judge examples (EFT), read once and stored with the run. EFT examples are judgements kept because they agree with human rankings. Paper: 3,200 and 1,630.',
  },
  baseline: {
    name: 'SFT baseline',
    doing: () => 'Fine-tuning the SFT baseline',
    means: 'M0 fine-tuned on the instruction examples alone. It judges human-ranked answers to produce the judge examples.',
  },
  eft: {
    name: 'Judge examples',
    doing: () => 'Building judge examples',
    means:
      'The baseline judges human-ranked answers. Judgements that agree with the human rankings become judge examples (EFT). Paper: 1,630. With requirements, programs grade responses instead, and their verdicts become the examples.',
  },
  prompts: {
    name: 'Prompts',
    doing: (model) => `${model} is writing prompts`,
    means: 'The model writes new prompts from few-shot examples. Near-duplicates and prompts of unsuitable length or content are rejected.',
  },
  candidates: {
    name: 'Candidates',
    doing: (model) => `${model} is answering its prompts`,
    means: 'Several responses per prompt, sampled from the model. Paper: 4 per prompt at temperature 0.7.',
  },
  judgements: {
    name: 'Judging',
    doing: (model) => `${model} is judging its answers`,
    means: 'The model judges each candidate. A candidate’s reward is the mean of its readable judgements. Paper: 3 each, from 0 to 5.',
  },
  pairs: {
    name: 'Pairs',
    doing: () => 'Building preference pairs',
    means:
      'By default, each prompt’s best candidate (chosen) against its worst (rejected). Equal rewards make no pair. SPIN pairs the seed data’s answer with the model’s own. Paper: 3,964, then 6,942.',
  },
  'judge-pairs': {
    name: 'Judge pairs',
    doing: (model) => `${model} is comparing its judgements`,
    means:
      'The model compares its own judgements of one response, in both orders. The best (chosen) and the worst (rejected) make a pair that trains it as a judge, with the judge prompt as the prompt.',
  },
  review: {
    name: 'Review',
    doing: () => 'Review',
    means: 'Your decisions on the pairs. They take precedence over the judge in the next training.',
  },
  train: {
    name: 'Training',
    doing: (_, next) => `Training ${next}`,
    means:
      'M1 is M0 fine-tuned on the seed data. Each later model is trained on preference pairs with DPO, with the previous model as the reference; by self-SFT, it is fine-tuned on the previous model’s answers.',
  },
  evaluate: {
    name: 'Evaluation',
    doing: (_, next) => `Evaluating ${next}`,
    means: 'Compares the new model with earlier ones on held-out prompts, and measures how well it judges.',
  },
}

/** A stage's name, with the model that it trains or evaluates: "Training of M2". */
export function stageAt(stage: StageName, iteration: number): string {
  const { name } = stageWords[stage]
  return stage === 'train' || stage === 'evaluate' ? `${name} of M${iteration + 1}` : name
}
