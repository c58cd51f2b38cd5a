import { badInput, LaurelError } from '../../../common/errors.ts'
import { BudgetExceeded } from '../jinja/budget.ts'
import { compileTemplate, type Template } from '../jinja/render-template.ts'
import type { ChatTemplate } from './tokenizer.ts'

/** Tokens that templates call by name. */
export type NamedTokens = Readonly<Record<string, string | readonly string[]>>

const otherTemplate = 'Use the chat template that the model was published with.'
const maxCharacters = 256 * 1024 // real ones have up to about 20,000

/** Names under which a message's reasoning is passed; transformers gives templates the first and the second, whichever a message has. */
const reasoningFields = ['reasoning_content', 'thinking', 'reasoning']

/** A chat template from its Jinja source. `where` names its file in errors. Throws UNSUPPORTED where it can't be read. */
export function chatTemplate(source: string, tokens: NamedTokens, where: string): ChatTemplate {
  const template = compile(source, where)
  return {
    source,
    render(messages, addGenerationPrompt, more = {}) {
      try {
        return template.render({
          ...{ tools: null, documents: null, ...tokens, ...more },
          messages: messages.map(withReasoning),
          add_generation_prompt: addGenerationPrompt,
        })
      } catch (error) {
        if (error instanceof BudgetExceeded) throw badInput(`${where}: the chat template was ended: ${error.message}`, otherTemplate)
        throw badInput(
          `${where}: the chat template refuses these messages: ${(error as Error).message}`,
          'Use the roles and the order that the model was trained with (most take user and assistant in turn).',
        )
      }
    },
  }
}

function compile(source: string, where: string): Template {
  if (source.length > maxCharacters) {
    throw badInput(`${where}: the chat template has ${source.length} characters, more than ${maxCharacters}`, 'Use another model.')
  }
  try {
    return compileTemplate(source)
  } catch (error) {
    throw new LaurelError('UNSUPPORTED', `${where}: the chat template can't be read: ${(error as Error).message}`, 'Use another model.')
  }
}

function withReasoning(message: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const reasoning = reasoningFields.map((field) => message[field]).find((value) => value != null)
  return reasoning === undefined ? message : { thinking: reasoning, ...message, reasoning_content: reasoning }
}
