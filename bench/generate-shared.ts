import { generationBenchmark } from './harness/generation.ts'
import { runBenchmark } from './harness/run-benchmark.ts'

await runBenchmark(
  generationBenchmark('generate-shared', 'Sampling four candidates for each prompt (temperature 0.7, top-p 0.9), in one batch.', {
    prompts: 16,
    copies: 4,
    tokens: 64,
  }),
)
