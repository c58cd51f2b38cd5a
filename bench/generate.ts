import { generationBenchmark } from './harness/generation.ts'
import { runBenchmark } from './harness/run-benchmark.ts'

await runBenchmark(
  generationBenchmark('generate', 'Sampling from different prompts (temperature 0.7, top-p 0.9), in one batch.', {
    prompts: 64,
    copies: 1,
    tokens: 64,
  }),
)
