import type { DataCounts, DataKind, DataUse } from '../../../main/shared/contract/datasets-contract.ts'
import type { ExportForm, ExportWhat } from '../../../main/shared/contract/export-contract.ts'
import type { DataFormat } from '../../../main/shared/enums.ts'
import { count } from '../../components/format.ts'

/** Display names for the API's enums. */

export const formatNames: Readonly<Record<DataFormat, string>> = {
  'oasst-trees': 'OpenAssistant message trees',
  'oasst-messages': 'OpenAssistant messages, one per row',
  'ranked-answers': 'Ranked answers: question, answer, rank',
  'rated-answers': 'Rated answers: UltraFeedback, Nectar, HelpSteer',
  alpaca: 'Alpaca: instruction, input, output',
  chat: 'Conversations: ShareGPT or messages',
  'self-instruct-seeds': 'Self-Instruct seed tasks',
  'prompt-completion': 'TRL: prompt, completion',
  preferences: 'Preferences: prompt, chosen, rejected',
  'llama-factory-preferences': 'LLaMA-Factory preferences',
  comparisons: 'Comparisons: two responses and a preference',
  argilla: 'Argilla records',
  'label-studio': 'Label Studio export',
  stepwise: 'TRL: prompt, completions, labels per step',
  plain: 'Plain: prompts, or questions with answers',
}

export const kindNames: Readonly<Record<DataKind, string>> = {
  instructions: 'Instructions',
  evaluations: 'Judgements',
  ranked: 'Ranked answers',
  preferences: 'Preference pairs',
  prompts: 'Prompts',
}

export const kindMeanings: Readonly<Record<DataKind, string>> = {
  instructions: 'Prompts with a response to imitate (the paper’s IFT data). M1 is fine-tuned on them.',
  evaluations: 'Judge prompts with a justified score (the paper’s EFT data). They teach the model to judge.',
  ranked: 'Prompts with several human-ranked answers. Judgement examples are built from them, and the judge is evaluated on them.',
  preferences: 'Prompts with a chosen and a rejected response. A run generates its own pairs, so it uses only the prompts.',
  prompts: 'Prompts without a response, for comparing models or for a run that reads its prompts from a file.',
}

export const useNames: Readonly<Record<DataUse, string>> = {
  ift: 'instructions (IFT)',
  eft: 'judgements (EFT)',
  ranked: 'ranked answers',
  prompts: 'prompts',
}

const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`

/** "98 prompts with 327 ranked answers". */
export function contentText(counts: DataCounts, kind: DataKind): string {
  const { instructions, ranked, rankedAnswers, preferences, prompts } = counts
  if (kind === 'ranked') return `${plural(ranked, 'prompt')} with ${plural(rankedAnswers, 'ranked answer')}`
  const parts = [
    instructions > 0 && plural(instructions, kind === 'evaluations' ? 'judgement' : 'example'),
    preferences > 0 && plural(preferences, 'pair'),
    prompts > 0 && plural(prompts, 'prompt'),
  ]
  return parts.filter(Boolean).join(', ') || 'nothing'
}

export const whatNames: Readonly<Record<ExportWhat, string>> = {
  pairs: 'Preference pairs',
  ift: 'Instruction examples (IFT)',
  eft: 'Judgement examples (EFT)',
  judgements: 'Judgements',
  reviews: 'Reviews',
  answers: 'Answers to held-out prompts',
  metrics: 'Training metrics',
}

export const formNames: Readonly<Record<ExportForm, string>> = {
  trl: 'TRL, texts (JSON Lines)',
  'trl-chat': 'TRL, messages (JSON Lines)',
  'llama-factory': 'LLaMA-Factory (JSON)',
  'alpaca-eval': 'AlpacaEval (JSON)',
  argilla: 'Argilla records (JSON)',
  parquet: 'Parquet',
  csv: 'Table (CSV)',
  jsonl: 'JSON Lines',
}

export const formMeanings: Readonly<Record<ExportForm, string>> = {
  trl: 'prompt, chosen, and rejected (or completion) as plain text. For models without a chat template and for single-turn prompts.',
  'trl-chat': 'The same as lists of messages, to which the trainer applies the model’s chat template.',
  'llama-factory': 'ShareGPT rows, with the entry for dataset_info.json.',
  'alpaca-eval': 'model_outputs.json for AlpacaEval.',
  argilla: 'Records with fields, suggestions (the judge’s choice), responses (yours), and metadata, to review in Argilla.',
  parquet: 'For the datasets library and data frames. Laurel can import it again.',
  csv: 'For spreadsheets. Laurel can import it again.',
  jsonl: 'One JSON object per line.',
}
