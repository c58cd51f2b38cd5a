import { z } from 'zod'
import type { ModelConfig } from '../config.ts'
import type { ChatTemplate, Tokenizer } from './tokenizer.ts'

const piece = z.union([
  z.object({ SpecialToken: z.looseObject({ id: z.string() }) }),
  z.object({ Sequence: z.looseObject({ id: z.string() }) }),
])

const template = z.looseObject({
  type: z.literal('TemplateProcessing'),
  single: z.array(piece),
  special_tokens: z.record(z.string(), z.looseObject({ ids: z.array(z.int().min(0)) })).default({}),
})
const pair = z.looseObject({ type: z.enum(['BertProcessing', 'RobertaProcessing']), cls: z.tuple([z.string(), z.int().min(0)]) })
const sequence = z.looseObject({ type: z.literal('Sequence'), processors: z.array(z.unknown()) })

const deepest = 10

/**
 * Tokens that a plain text starts with, as in the model's training (usually BOS): the prefix added by tokenizer.json's post-processor. If
 * there is a tokenizer.json, `add_bos_token` in tokenizer_config.json has no effect, as in transformers.
 */
export function openingTokens(processor: unknown, depth = 0): number[] {
  const all = sequence.safeParse(processor)
  if (all.success && depth < deepest) return all.data.processors.flatMap((part) => openingTokens(part, depth + 1))
  const classic = pair.safeParse(processor)
  if (classic.success) return [classic.data.cls[1]]
  const parsed = template.safeParse(processor)
  if (!parsed.success) return []
  const { single, special_tokens } = parsed.data
  const text = single.findIndex((part) => 'Sequence' in part)
  return single
    .slice(0, Math.max(0, text))
    .flatMap((part) => ('SpecialToken' in part ? (special_tokens[part.SpecialToken.id]?.ids ?? []) : []))
}

/** End-of-turn tokens in the chat formats of the supported models. */
const turnEnds = ['<|im_end|>', '<|eot_id|>', '<|end_of_text|>', '<|endoftext|>', '<|end|>', '</s>']

const generationConfig = z.looseObject({ eos_token_id: z.union([z.int(), z.array(z.int())]).nullish() })

/**
 * Stop tokens: all end-of-sequence tokens in config.json and generation_config.json, and the token that ends a turn in the chat template.
 * Instruct models often configure only one of them.
 */
export function stopTokens(config: ModelConfig, generation: unknown, template: ChatTemplate | null, tokenizer: Tokenizer | null): number[] {
  const parsed = generationConfig.safeParse(generation)
  const named = parsed.success ? (parsed.data.eos_token_id ?? []) : []
  const ends = turnEnds.filter((token) => template?.source.includes(token)).map((token) => tokenizer?.idOf(token))
  const all = [...config.eosTokens, ...[named].flat(), ...ends.filter((id) => id !== undefined), ...turnEndOf(template, tokenizer)]
  return [...new Set(all)].filter((id) => id >= 0 && id < config.vocabulary)
}

const answer = 'An answer'

/** The special token that the chat template writes right after a response. */
function turnEndOf(template: ChatTemplate | null, tokenizer: Tokenizer | null): number[] {
  if (template === null || tokenizer === null) return []
  try {
    const user = { role: 'user', content: 'A question' }
    const text = template.render([user, { role: 'assistant', content: answer }], false)
    const [first] = tokenizer.encode(text.slice(text.lastIndexOf(answer) + answer.length).trimStart(), { special: true })
    return first !== undefined && tokenizer.isSpecial(first) ? [first] : []
  } catch {
    return [] // a template that rejects even this fails with a message when it is used
  }
}
