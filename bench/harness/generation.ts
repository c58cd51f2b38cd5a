import type { Engine } from '../../main/engine/hosts/engine.ts'
import { sampling } from '../../main/shared/engine-protocol.ts'
import type { Benchmark } from './benchmark.ts'
import { laurelSide, timed } from './laurel.ts'
import { requirePath } from './options.ts'
import { peerSide } from './peer.ts'

/** How both sides sample. Every response has the full length: stop tokens aren't drawn earlier. */
export const sharedSampling = { temperature: 0.7, topP: 0.9 }
const warmUpTokens = 2

/** Prompts of the length of short instructions that only differ in a number. */
export const benchPrompts = (count: number): string[] =>
  Array.from(
    { length: count },
    (_, i) => `Describe in one paragraph how people baked bread in century number ${i + 1}, and what they ate with it.`,
  )

/** Answer every prompt `copies` times with responses of exactly `tokens` tokens, in one batch; returns the texts in order. */
export async function answers(
  engine: Engine,
  model: string,
  prompts: readonly string[],
  copies: number,
  tokens: number,
): Promise<string[]> {
  const texts: string[] = []
  const rows = prompts.map((prompt, row) => ({ input: { prompt }, seeds: Array.from({ length: copies }, (_, i) => row * copies + i) }))
  const params = { model, rows, sampling: sampling.parse({ ...sharedSampling, maxNewTokens: tokens, minNewTokens: tokens }) }
  for await (const { row, sample, text } of engine.generate({ ...params, batch: prompts.length * copies }))
    texts[row * copies + sample] = text
  return texts
}

/** Sampling speed with all sequences in one batch, including prefill; the models are loaded and warm. */
export const generationBenchmark = (
  name: string,
  title: string,
  sizes: Record<'prompts' | 'copies' | 'tokens', number>,
): Benchmark<keyof typeof sizes> => ({
  ...{ name, title, sizes },
  quick: { tokens: 32 },
  figures: [
    { key: 'tokensPerSecond', label: 'tokens per second', better: 'higher' },
    { key: 'peakGb', label: 'peak memory, GB', better: 'lower' },
  ],
  cases: ({ precisions }) =>
    precisions.map((precision) => ({
      name: precision,
      sides: [
        laurelSide(precision, async (engine, { options, warm, done }) => {
          const { prompts, copies, tokens } = options.sizes
          const model = requirePath(options, 'model')
          const texts = benchPrompts(prompts)
          await engine.load(model)
          await answers(engine, model, texts, copies, warmUpTokens)
          warm()
          const [, seconds] = await timed(() => answers(engine, model, texts, copies, tokens))
          done()
          return { tokensPerSecond: (prompts * copies * tokens) / seconds }
        }),
        peerSide('transformers', 'generate', ({ options: { sizes: size } }) => ({
          ...{ dtype: precision, prompts: benchPrompts(size.prompts), copies: size.copies, tokens: size.tokens },
          ...{ warmUpTokens, ...sharedSampling },
        })),
      ],
    })),
})
