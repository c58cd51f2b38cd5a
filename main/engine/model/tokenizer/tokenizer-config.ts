import { z } from 'zod'
import type { NamedTokens } from './chat-template.ts'

/** A token: a plain name, or an object with properties. */
const tokenName = z
  .union([z.string(), z.looseObject({ content: z.string() })])
  .nullish()
  .catch(undefined)
  .transform((token) => (typeof token === 'object' ? token?.content : token))

const roles = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'] as const

const tokenizerConfig = z.looseObject(Object.fromEntries(roles.map((role) => [role, tokenName])))

/** Tokens named by role in tokenizer_config.json, plus those only in special_tokens_map.json. */
export function namedTokens(config: unknown, specialTokensMap: unknown = null): NamedTokens {
  const both = [specialTokensMap, config].map((file) => tokenizerConfig.safeParse(file).data ?? {})
  const tokens = roles.flatMap((role) => {
    const [other, own] = both.map((file) => file[role])
    const token = typeof own === 'string' ? own : other
    return typeof token === 'string' ? [[role, token] as const] : []
  })
  return Object.fromEntries(tokens)
}

const templates = z.looseObject({
  chat_template: z.union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))]).nullish(),
})

/** The chat template in tokenizer_config.json: the only one, or among several the one named `default`, or else the first. */
export function configuredTemplate(config: unknown): string | undefined {
  const parsed = templates.safeParse(config)
  const template = parsed.success ? parsed.data.chat_template : undefined
  if (template == null || typeof template === 'string') return template ?? undefined
  return (template.find(({ name }) => name === 'default') ?? template[0])?.template
}
