import { badInput } from '../../common/errors.ts'
import type { Message } from '../../engine/protocol.ts'
import type { Prompt } from '../imported.ts'
import type { ExportedExample, ExportedPair } from './exported.ts'

/** A column of TRL's: a text in the standard form, messages in the conversational one. */
type TrlText = string | readonly Message[]

/** A row of TRL's explicit-prompt preference format, with provenance in columns that its trainers ignore. */
export interface TrlPreferenceRow {
  readonly prompt: TrlText
  readonly chosen: TrlText
  readonly rejected: TrlText
  readonly score_chosen: number | null
  readonly score_rejected: number | null
  readonly judge: string | null
  readonly override: string | null
}

export interface TrlPromptCompletionRow {
  readonly prompt: TrlText
  readonly completion: TrlText
  /** Laurel's own column. */
  readonly weights?: readonly number[]
}

/**
 * Whether to write messages (the trainer then applies the model's chat template) or bare texts. A file is in one form
 * throughout, so bare texts can be had only where every prompt is a single user message.
 */
export interface TrlForm {
  readonly conversational: boolean
}

/** Pairs for TRL's DPOTrainer; what is known of their origin stands in further columns. Throws BAD_INPUT where a prompt of several messages is to be a bare text. */
export const trlPreferenceRow = (pair: ExportedPair, form: TrlForm): TrlPreferenceRow => ({
  prompt: promptColumn(pair.prompt, form),
  chosen: responseColumn(pair.chosen, form),
  rejected: responseColumn(pair.rejected, form),
  score_chosen: pair.scoreChosen,
  score_rejected: pair.scoreRejected,
  judge: pair.judge,
  override: pair.override,
  ...pair.provenance,
})

/** Examples for TRL's SFTTrainer, which then puts the loss on the completion only. Throws as above. */
export const trlPromptCompletionRow = (example: ExportedExample, form: TrlForm): TrlPromptCompletionRow => ({
  prompt: promptColumn(example.prompt, form),
  completion: responseColumn(example.response, form),
  ...(example.weights && { weights: example.weights }),
})

function promptColumn(prompt: Prompt, { conversational }: TrlForm): TrlText {
  if (conversational) return typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt
  if (typeof prompt === 'string') return prompt
  if (prompt.length === 1 && prompt[0].role === 'user') return prompt[0].content
  throw badInput('a prompt of several messages cannot be written as a bare text', 'Export in the conversational form.')
}

const responseColumn = (response: string, { conversational }: TrlForm): TrlText =>
  conversational ? [{ role: 'assistant', content: response }] : response
