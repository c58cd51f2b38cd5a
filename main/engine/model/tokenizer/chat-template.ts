import { badInput, LaurelError } from '../../../shared/errors.ts'
import { BudgetExceeded } from '../jinja/budget.ts'
import { compileTemplate, type Template } from '../jinja/render-template.ts'
import type { ChatTemplate } from './tokenizer.ts'

/** Special tokens that templates can use by name. */
export type NamedTokens = Readonly<Record<string, string | readonly string[]>>

const otherTemplate = "Use the model's original chat template."
const maxCharacters = 256 * 1024 // real ones have up to about 20,000

/** Names for a message's reasoning. transformers passes the first or the second to templates, whichever the message has. */
const reasoningFields = ['reasoning_content', 'thinking', 'reasoning']

/** A chat template from its Jinja source. `where` names its file in errors. Throws UNSUPPORTED if it doesn't parse. */
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
        if (error instanceof BudgetExceeded) throw badInput(`${where}: the chat template was stopped: ${error.message}`, otherTemplate)
        throw badInput(
          `${where}: the chat template rejects these messages: ${(error as Error).message}`,
          'Use the roles and the order that the model was trained with (usually user and assistant alternating).',
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
    throw new LaurelError('UNSUPPORTED', `${where}: the chat template can't be parsed: ${(error as Error).message}`, 'Use another model.')
  }
}

function withReasoning(message: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const reasoning = reasoningFields.map((field) => message[field]).find((value) => value != null)
  return reasoning === undefined ? message : { thinking: reasoning, ...message, reasoning_content: reasoning }
}
