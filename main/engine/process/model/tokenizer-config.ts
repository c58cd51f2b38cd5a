import { z } from 'zod'
import type { NamedTokens } from './chat-template.ts'

/** A token's name: plain, or an object with its properties. */
const tokenName = z
  .union([z.string(), z.looseObject({ content: z.string() })])
  .nullish()
  .catch(undefined)
  .transform((token) => (typeof token === 'object' ? token?.content : token))

const tokenizerConfig = z.looseObject({ bos_token: tokenName, eos_token: tokenName, unk_token: tokenName, pad_token: tokenName })

/** The tokens that tokenizer_config.json names. */
export function namedTokens(config: unknown): NamedTokens {
  const parsed = tokenizerConfig.safeParse(config)
  if (!parsed.success) return {}
  const { bos_token, eos_token, unk_token, pad_token } = parsed.data
  const tokens = Object.entries({ bos_token, eos_token, unk_token, pad_token }).filter(
    (entry): entry is [string, string] => entry[1] != null,
  )
  return Object.fromEntries(tokens)
}

const templates = z.looseObject({
  chat_template: z.union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))]).nullish(),
})

/** The chat template in tokenizer_config.json: the only one, or of several the one named `default`, or the first. */
export function configuredTemplate(config: unknown): string | undefined {
  const parsed = templates.safeParse(config)
  const template = parsed.success ? parsed.data.chat_template : undefined
  if (template == null || typeof template === 'string') return template ?? undefined
  return (template.find(({ name }) => name === 'default') ?? template[0])?.template
}
