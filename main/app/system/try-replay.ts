import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { onDisk } from '../../common/file-identity.ts'
import { runScript } from '../../runtimes/command.ts'
import type { Precision } from '../../shared/train-config.ts'

const program = onDisk(
  fileURLToPath(new URL(`../../engine/process/speed/replay-trial${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)),
)

/** XLA compiles each function of the trial, for seconds each. */
const longestMinutes = 15

const seconds = z.number().positive().nullable()
const trial = z.object({ none: seconds, function: seconds, xla: seconds })
/** Seconds of a training step by the value of `LAUREL_REPLAY`; null for what doesn't work on this machine. */
export type ReplayTrial = z.infer<typeof trial>

/** Times the ways in which a runtime pack can run the plain formulas. Throws with the reason if the pack doesn't start. */
export async function tryReplay(runtimeFolder: string, precision: Precision, length?: number): Promise<ReplayTrial> {
  const options = { timeoutSeconds: longestMinutes * 60 }
  const printed = await runScript(program, [runtimeFolder, precision, ...(length === undefined ? [] : [String(length)])], options)
  return trial.parse(JSON.parse(printed))
}

/** The trial in one line. */
export function replayText({ none, function: functions, xla }: ReplayTrial): string {
  const time = (value: number | null): string => (value === null ? 'not possible' : `${value.toPrecision(2)} s`)
  const advice = xla !== null && functions !== null && xla < functions ? '. XLA is faster: set LAUREL_REPLAY=xla, for whole runs only' : ''
  return `a training step takes ${time(none)} operation by operation, ${time(functions)} as functions, ${time(xla)} with XLA${advice}`
}
