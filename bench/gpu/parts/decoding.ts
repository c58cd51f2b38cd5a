import { median } from '../../../main/common/numbers.ts'
import { onStage } from '../../../main/engine/backends/profiler.ts'
import { generate } from '../../../main/engine/inference/generate.ts'
import { disposeDecoder } from '../../../main/engine/model/decoder.ts'
import type { Precision } from '../../../main/shared/train-config.ts'
import { randomIds } from '../../growth/random-model.ts'
import { type GpuBackend, memoryPeak, startGpu } from '../gpu-backend.ts'
import type { GpuSizes } from '../gpu-sizes.ts'
import { figuresOf } from '../part-output.ts'
import { modelOf, randomDecoder } from '../random-decoder.ts'

/** Candidates of a prompt, as in a run; they share its KV cache. */
const copies = 4

/** Sampling with all sequences in one batch: the median step after the prompts are read, and the reading itself. */
export async function measureDecoding(backend: GpuBackend, precision: Precision, sizes: GpuSizes): Promise<void> {
  await startGpu(backend, precision)
  const print = figuresOf(backend)
  const model = modelOf(sizes)
  const { prompt, tokens } = sizes.decoding
  const memory = memoryPeak()
  const decoder = randomDecoder(model, precision, 'none')
  for (const sequences of sizes.decoding.sequences) {
    memory.restart()
    await sampled(sequences, Math.min(tokens, 4)) // compiles shaders
    const { steps, reading, read } = await sampled(sequences, tokens)
    print(`decoding, ${sequences} sequence${sequences === 1 ? '' : 's'}`, precision, {
      'tokens/s': sequences / median(steps),
      ...(memory.bytes !== null && { 'peak GB': memory.bytes / 1e9 }),
    })
    print(`reading prompts of ${sequences} sequence${sequences === 1 ? '' : 's'}`, precision, { 'tokens/s': read / reading })
  }
  disposeDecoder(decoder)

  /** Seconds of each decoding step, and of the pass that reads all prompts with as many tokens. */
  async function sampled(sequences: number, maxNewTokens: number) {
    const each = Math.min(copies, sequences)
    const rows = Array.from({ length: Math.ceil(sequences / each) }, (_, row) => ({
      promptIds: randomIds(prompt, row).map((id) => id % model.vocabulary),
      seeds: Array.from({ length: each }, (_, i) => i),
    }))
    const sampling = { greedy: false, temperature: 1, topK: 0, topP: 0.9, maxNewTokens, minNewTokens: maxNewTokens, stop: [] }
    const marks: { readonly isDecoding: boolean; readonly at: number }[] = []
    onStage((stage) => {
      if (stage === 'prefill' || stage === 'decode' || stage === 'other')
        marks.push({ isDecoding: stage === 'decode', at: performance.now() / 1000 })
    })
    try {
      const options = { sampling, batch: sequences, passTokens: rows.length * prompt + sequences, stopTokens: [] }
      for await (const _ of generate({ decoder }, rows, options));
    } finally {
      onStage(null)
    }
    const spans = marks.slice(1).map(({ at }, i) => ({ isDecoding: marks[i].isDecoding, seconds: at - marks[i].at }))
    const steps = spans.filter(({ isDecoding }) => isDecoding).map(({ seconds }) => seconds)
    return { steps, reading: spans[0].seconds, read: rows.length * prompt }
  }
}
