import type { ExportWhat } from '../contract/export.ts'

/** What the columns of exported files mean, for whoever opens them later. */
const meanings: Readonly<Record<string, string>> = {
  prompt: 'what was asked',
  chosen: 'the response that is preferred',
  rejected: 'the one that is not',
  completion: 'the response to imitate',
  weights: 'loss weight of each token of the completion (Laurel’s own)',
  conversations: 'the messages up to the response',
  score_chosen: 'reward of the chosen response, 0 to 5; empty where a person wrote it',
  score_rejected: 'reward of the rejected response',
  judge: 'which model judged, and by which method',
  override: 'what a person decided against the judge; empty where its choice stands',
  run: 'id of the run',
  iteration: 'in which iteration',
  model: 'which model wrote the responses, or was trained',
  prompt_number: 'the prompt’s place in its iteration',
  reviewer: 'who reviewed it',
  review_note: 'what they noted',
  reviewed_at: 'when',
  candidate: 'which of the prompt’s responses',
  response: 'the response that was judged',
  finish_reason: 'stop: it ended by itself; length: it was cut',
  sample: 'which of the judgements of this response',
  score: '0 to 5; empty where it could not be read',
  judgement: 'all that the judge wrote',
  judge_chosen: 'what the judge preferred',
  judge_rejected: 'what it did not',
  chosen_reward: 'reward of what the judge preferred',
  rejected_reward: 'reward of what it did not',
  decision: 'agree, swap, tie, both-bad, edit or undo',
  counts: 'whether this decision counts: the newest one of a pair does',
  edited_chosen: 'the chosen text as a person wrote it',
  edited_rejected: 'the rejected text as a person wrote it',
  note: 'what they noted',
  seconds: 'how long they looked',
  at: 'when',
  task: 'sft or dpo',
  step: 'optimiser step',
  dataset: 'where the instructions are from',
  instruction: 'what was asked',
  output: 'what the model answered',
  generator: 'the model',
}

/** Columns by name with their meaning; metrics are named as TRL names them. */
export const describeColumns = (names: readonly string[], what: ExportWhat): { name: string; meaning: string }[] =>
  names.map((name) => ({ name, meaning: meanings[name] ?? (what === 'metrics' ? 'a metric, by TRL’s name' : '') }))
