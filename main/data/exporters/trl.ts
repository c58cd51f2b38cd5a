import type { Message } from '../../shared/engine-protocol.ts'
import { badInput } from '../../shared/errors.ts'
import type { Prompt } from '../imported.ts'
import type { ExportedExample, ExportedPair } from './exported.ts'

/** A TRL column: a string in the standard format, messages in the conversational one. */
type TrlText = string | readonly Message[]

/** A row of TRL's explicit-prompt preference format, with provenance in columns that its trainers ignore. */
interface TrlPreferenceRow {
  readonly prompt: TrlText
  readonly chosen: TrlText
  readonly rejected: TrlText
  readonly score_chosen: number | null
  readonly score_rejected: number | null
  readonly judge: string | null
  readonly override: string | null
}

interface TrlPromptCompletionRow {
  readonly prompt: TrlText
  readonly completion: TrlText
  /** Of unpaired preferences. */
  readonly label?: boolean
  /** Laurel's own columns. */
  readonly weights?: readonly number[]
  readonly task?: string
  readonly classification?: boolean
}

/**
 * Whether to write messages (the trainer then applies the model's chat template) or plain text. A file uses one form throughout, so plain
 * text is only possible if every prompt is a single user message.
 */
interface TrlForm {
  readonly conversational: boolean
}

/**
 * Pairs for TRL's DPOTrainer, with provenance in additional columns. Throws BAD_INPUT if a multi-message prompt would be written as plain
 * text.
 */
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

/** Examples for TRL's SFTTrainer, which applies the loss to the completion only; with a label, for its KTOTrainer. Throws as above. */
export const trlPromptCompletionRow = (example: ExportedExample, form: TrlForm): TrlPromptCompletionRow => ({
  prompt: promptColumn(example.prompt, form),
  completion: responseColumn(example.response, form),
  ...(example.label !== undefined && { label: example.label }),
  ...(example.weights && { weights: example.weights }),
  ...(example.task !== undefined && { task: example.task }),
  ...(example.classification !== undefined && { classification: example.classification }),
})

function promptColumn(prompt: Prompt, { conversational }: TrlForm): TrlText {
  if (conversational) return typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt
  if (typeof prompt === 'string') return prompt
  if (prompt.length === 1 && prompt[0].role === 'user') return prompt[0].content
  throw badInput("a prompt with several messages can't be written as plain text", 'Export in the conversational format.')
}

const responseColumn = (response: string, { conversational }: TrlForm): TrlText =>
  conversational ? [{ role: 'assistant', content: response }] : response
