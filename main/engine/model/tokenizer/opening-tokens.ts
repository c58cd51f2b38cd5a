import { z } from 'zod'

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
