import type { CompletionInput, Message, ResponseInput } from '../../shared/engine-protocol.ts'
import { LaurelError } from '../../shared/errors.ts'
import { plainTextIds, renderMessages, tokenizerOf } from '../inference/prompt-ids.ts'
import type { ModelFiles } from '../model/load-model.ts'

/** A prompt and its continuation, as token ids. */
export interface Sides {
  readonly prompt: readonly number[]
  readonly completion: readonly number[]
}

/**
 * Token ids of a prompt and its completion, exactly as they follow each other in a conversation. The chat template renders both, and they
 * are tokenized as one text, then cut where the prompt ends. Without a template, the texts are concatenated and the end token appended. An
 * unfinished completion has neither an end token nor what the template puts after it.
 */
export function encodeSides(files: ModelFiles, prompt: CompletionInput, completion: ResponseInput, index: number): Sides {
  if (isIds(prompt) && isIds(completion)) return checked(files, { prompt: prompt.inputIds, completion: completion.inputIds }, index)
  if (isIds(prompt) || isIds(completion)) {
    throw new LaurelError('BAD_INPUT', 'a row mixes token ids and text', 'Provide prompt and responses both as ids or both as text.', {
      row: index,
    })
  }
  const tokenizer = tokenizerOf(files, index)
  const encode = (text: string) => tokenizer.encode(text, { special: true })
  if (!files.chatTemplate) {
    const end = isUnfinished(completion) ? [] : files.stopTokens.slice(0, 1)
    return checked(
      files,
      { prompt: plainTextIds(files, tokenizer, plainText(prompt)), completion: [...encode(plainText(completion)), ...end] },
      index,
    )
  }
  const before = messagesOf(prompt, 'user')
  const head = renderMessages(files, before, { addGenerationPrompt: true, row: index })
  const rendered = renderMessages(files, [...before, ...messagesOf(completion, 'assistant')], { addGenerationPrompt: false, row: index })
  const whole = isUnfinished(completion) ? withoutEnd(rendered, completion.unfinished) : rendered
  const promptIds = encode(head)
  const wholeIds = encode(whole)
  const continues = promptIds.every((id, i) => wholeIds[i] === id)
  if (continues) return checked(files, { prompt: promptIds, completion: wholeIds.slice(promptIds.length) }, index)
  if (whole.startsWith(head)) return checked(files, { prompt: promptIds, completion: encode(whole.slice(head.length)) }, index)
  const shared = sharedStart(head, whole, before)
  if (shared !== null) return checked(files, cutAt(shared, whole, wholeIds, encode), index)
  const message = "the chat template renders a prompt differently once a response follows, so the response's tokens can't be identified"
  throw new LaurelError('UNSUPPORTED', message, 'Provide the rows as token ids.', { row: index })
}

/**
 * The common prefix of a prompt's two renderings, if a template opens the next response differently than it renders a finished one (with
 * `<think>`, which a response may lack). The prompt ends there, as in TRL. Null if they differ before the end of the messages.
 */
function sharedStart(head: string, whole: string, before: readonly Message[]): string | null {
  let length = 0
  while (length < head.length && head[length] === whole[length]) length++
  const said = before.at(-1)?.content.trim() ?? ''
  const end = head.lastIndexOf(said) + said.length
  return length > 0 && length >= end ? whole.slice(0, length) : null
}

function cutAt(start: string, whole: string, wholeIds: readonly number[], encode: (text: string) => number[]): Sides {
  const prompt = encode(start)
  const continues = prompt.every((id, i) => wholeIds[i] === id)
  return { prompt, completion: continues ? wholeIds.slice(prompt.length) : encode(whole.slice(start.length)) }
}

/** What a template renders up to the end of the last text in it. Templates may trim the text. */
function withoutEnd(rendered: string, text: string): string {
  const said = [text, text.trim()].find((form) => form !== '' && rendered.includes(form))
  return said === undefined ? rendered : rendered.slice(0, rendered.lastIndexOf(said) + said.length)
}

const isIds = (input: ResponseInput): input is { inputIds: number[] } => typeof input === 'object' && 'inputIds' in input

type TextInput = Exclude<ResponseInput, { inputIds: number[] }>

const isUnfinished = (input: ResponseInput): input is { unfinished: string } => typeof input === 'object' && 'unfinished' in input

function messagesOf(input: TextInput, role: string): Message[] {
  if (typeof input === 'string') return [{ role, content: input }]
  return isUnfinished(input) ? [{ role, content: input.unfinished }] : input
}

const plainText = (input: TextInput): string =>
  messagesOf(input, '')
    .map(({ content }) => content)
    .join('\n')

function checked(files: ModelFiles, sides: Sides, index: number): Sides {
  if (sides.prompt.length === 0) throw new LaurelError('BAD_INPUT', 'the prompt is empty', 'Add a prompt to every row.', { row: index })
  checkVocabulary(files, [...sides.prompt, ...sides.completion], index)
  return sides
}

/** Throws BAD_INPUT if a token isn't the model's. */
export function checkVocabulary(files: ModelFiles, ids: readonly number[], index: number): void {
  const wrong = ids.find((id) => !(id >= 0 && id < files.config.vocabulary))
  if (wrong === undefined) return
  const message = `token id ${wrong} is outside the model's vocabulary of ${files.config.vocabulary}`
  throw new LaurelError('BAD_INPUT', message, "Use this model's token ids.", { row: index })
}
