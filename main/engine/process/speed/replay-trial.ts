import { replayMode, setReplayMode } from '../../backends/functions/replay.ts'
import { startBackend } from '../../backends/start-backend.ts'
import { trainingStepSeconds } from './training-step.ts'

/**
 * A program that loads the runtime pack in the given folder and times a training step of a narrow model in the given precision: operation
 * by operation, as functions, and as functions compiled by XLA. Prints `{"none": seconds, "function": seconds, "xla": seconds}`, with null for
 * what doesn't work there. It runs as a separate process because a compiler that fails can end the process. Optionally: tokens of a text.
 */
process.env.LAUREL_KERNELS = 'none' // on a processor, the pack's own kernels would replace what is timed
const [, , runtimeFolder, wish, length] = process.argv
const precision = wish === 'bfloat16' ? 'bfloat16' : 'float32'
await startBackend({ backend: 'tensorflow', precision, runtimeFolder })
const seconds: Record<string, number | null> = {}
for (const mode of ['none', 'function', 'xla'] as const) {
  setReplayMode(mode)
  seconds[mode] = replayMode() === mode ? await trainingStepSeconds(precision, length ? Number(length) : undefined).catch(() => null) : null
}
process.stdout.write(`${JSON.stringify(seconds)}\n`, () => process.exit()) // a utility process doesn't exit by itself
