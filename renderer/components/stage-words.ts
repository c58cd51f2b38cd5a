import type { RunListing } from '../../main/api/contract/runs.ts'

type StageName = NonNullable<RunListing['stage']>

/** Stages as a person reads them. */
export const stageWords: Readonly<Record<StageName, string>> = {
  'seed-data': 'Seed data',
  baseline: 'SFT baseline',
  eft: 'Judge examples',
  prompts: 'Prompts',
  candidates: 'Candidates',
  judgements: 'Judging',
  pairs: 'Pairs',
  review: 'Review',
  train: 'Training',
  evaluate: 'Evaluation',
}

/** What a stage does, and to which model: "Training M2". */
export function stageAt(stage: StageName, iteration: number): string {
  if (stage === 'train' || stage === 'evaluate') return `${stageWords[stage]} of M${iteration + 1}`
  return stageWords[stage]
}
