import { badInput, LaurelError } from '../../common/errors.ts'
import type { PromptInput } from '../protocol.ts'
import type { TemplateMessage } from '../render-params.ts'
import type { ModelFiles } from './model/model-files.ts'
import type { Tokenizer } from './model/tokenizer.ts'

/**
 * What the input reads as token ids. `row` is its index among the request's rows, for errors; `room` is how many more
 * tokens the model's context must have place for.
 */
export function promptIds(files: ModelFiles, input: PromptInput, row: number, room = 0): number[] {
  const ids = 'inputIds' in input ? input.inputIds : encodeInput(files, input, row)
  checkIds(files, ids, row)
  checkLength(files, ids.length, row, room)
  return ids
}

function encodeInput(files: ModelFiles, input: Exclude<PromptInput, { inputIds: number[] }>, row: number): number[] {
  const tokenizer = tokenizerOf(files, row)
  if ('text' in input) return plainTextIds(files, tokenizer, input.text)
  // A model without a template (a base model) simply continues the prompt, as it is trained to on such rows.
  const opening = input.opening ?? ''
  if ('prompt' in input && !files.chatTemplate) return plainTextIds(files, tokenizer, input.prompt + opening)
  const messages = 'messages' in input ? input.messages : [{ role: 'user', content: input.prompt }]
  return tokenizer.encode(renderMessages(files, messages, { addGenerationPrompt: true, row }) + opening, { special: true })
}

/**
 * Ids of a text that stands alone. For a base model (one without a chat template) it begins with what the model was trained to begin with (BOS,
 * mostly), once; a chat template writes such tokens itself.
 */
export function plainTextIds({ chatTemplate }: Pick<ModelFiles, 'chatTemplate'>, tokenizer: Tokenizer, text: string): number[] {
  const ids = tokenizer.encode(text, { special: true })
  const { opening } = tokenizer
  const isOpened = opening.every((id, i) => ids[i] === id)
  return chatTemplate || isOpened ? ids : [...opening, ...ids]
}

/** The model's tokenizer, or a clear refusal: rows with ids need none, all others do. */
export function tokenizerOf(files: ModelFiles, row?: number): Tokenizer {
  if (files.tokenizer) return files.tokenizer
  throw new LaurelError('BAD_INPUT', `${files.path} has no tokenizer, so it can't read text`, 'Give token ids, or add tokenizer.json.', {
    row,
  })
}

const commonRoles = new Set(['system', 'user', 'assistant'])

/** The conversation as the model's chat template writes it. */
export function renderMessages(
  files: ModelFiles,
  messages: readonly TemplateMessage[],
  { addGenerationPrompt, variables, row }: { addGenerationPrompt: boolean; variables?: Record<string, unknown>; row?: number },
): string {
  const template = files.chatTemplate
  if (!template) {
    const remedy = 'Give rows with raw text or token ids, or add chat_template.jinja to the model folder.'
    throw new LaurelError('BAD_INPUT', `${files.path} has no chat template, so it can't read messages`, remedy, { row })
  }
  const stranger = messages.find(({ role }) => !commonRoles.has(role) && !mentions(template.source, role))
  if (stranger) {
    const message = `the model's chat template knows no role ${JSON.stringify(stranger.role)}`
    throw new LaurelError('BAD_INPUT', message, 'Use the roles system, user and assistant.', { row })
  }
  try {
    return template.render(messages, addGenerationPrompt, variables)
  } catch (cause) {
    if (cause instanceof LaurelError) throw new LaurelError(cause.code, cause.message, cause.remedy, { row, cause })
    const message = `the model's chat template refuses these messages: ${cause instanceof Error ? cause.message : cause}`
    const order = 'Order the messages as the model expects: user and assistant in turn, user last.'
    throw new LaurelError('BAD_INPUT', message, order, { row, cause })
  }
}

/** A template that treats a role specially names it, in quotes. One that prints whatever role it gets knows none in particular. */
const mentions = (template: string, role: string): boolean => template.includes(`'${role}'`) || template.includes(`"${role}"`)

function checkIds(files: ModelFiles, ids: readonly number[], row: number): void {
  const { vocabulary } = files.config
  if (ids.length === 0) throw new LaurelError('BAD_INPUT', 'the input is empty', 'Give at least one token.', { row })
  const wrong = ids.find((id) => !(id >= 0 && id < vocabulary))
  if (wrong !== undefined) {
    const message = `token id ${wrong} is outside the model's vocabulary of ${vocabulary}`
    throw new LaurelError('BAD_INPUT', message, 'Use ids of this very model.', { row })
  }
}

/** Refuse what the model's context can't hold. */
export function checkLength(files: ModelFiles, length: number, row: number, room = 0): void {
  const { contextLength } = files.config
  if (length + room <= contextLength) return
  const message = `${length} tokens do not fit the model's context of ${contextLength}${room > 0 ? ', which an answer must fit as well' : ''}`
  throw new LaurelError('BAD_INPUT', message, 'Shorten the row.', { row })
}

/**
 * The first token of a choice. A tokenizer that marks the start of a text with a blank token of its own (SentencePiece)
 * has that blank passed over: the choice stands in the middle of a text.
 */
export function choiceId(tokenizer: Tokenizer, choice: string): number {
  const ids = tokenizer.encode(choice, { special: false })
  if (ids.length === 0) throw badInput(`the choice ${JSON.stringify(choice)} has no token`, 'Give choices that are not empty.')
  if (/^\s/.test(choice)) return ids[0]
  return ids.find((id) => tokenizer.decode([id], { special: true }).trim() !== '') ?? ids[0]
}
