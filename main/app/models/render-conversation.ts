import type { Engine } from '../../engine/hosts/engine.ts'
import type { RenderedConversation } from '../../shared/contract/models-contract.ts'
import type { Message } from '../../shared/engine-protocol.ts'

/** Longer conversations than any context aren't cut. */
const maxLength = 1 << 20

/** What a model's chat template makes of a conversation: the text, its tokens, and what of it training has a loss on. */
export async function renderConversation(
  engine: Engine,
  model: string,
  messages: readonly Message[],
  addGenerationPrompt: boolean,
): Promise<RenderedConversation> {
  const text = await engine.render({ model, messages: [...messages], addGenerationPrompt })
  const [[first, ...rest]] = await engine.tokenize({ model, texts: [text], special: true })
  const asWritten = { prompt: { inputIds: first === undefined ? [] : [first] }, completion: { inputIds: rest } }
  const [plain] = await engine.rowTokens({ model, maxLength, promptWeight: 0, rows: [asWritten] })
  const context = plain.tokens.map((token) => ({ ...token, weight: 0 }))
  const last = messages.at(-1)
  if (last?.role !== 'assistant' || messages.length < 2) {
    return { text, tokens: context, trainingNote: noResponse }
  }
  const row = { prompt: messages.slice(0, -1), completion: [last] }
  const [trained] = await engine.rowTokens({ model, maxLength, promptWeight: 0, rows: [row] })
  if (trained.problem !== null) return { text, tokens: context, trainingNote: trained.problem }
  const isSame = trained.tokens.map(({ id }) => id).join() === plain.tokens.map(({ id }) => id).join()
  return { text, tokens: trained.tokens, trainingNote: isSame ? null : differently }
}

const noResponse = "The conversation doesn't end with a response, so there is nothing to train on."
const differently = 'The tokens are those of training, which writes the conversation differently from the text above.'
