import { type CpuInfo, cpus } from 'node:os'

/** Above this share of the processors' time, other programs spoil a comparison. */
const DISTURBED = 0.15

/** How long a disturbed comparison is used before it is made again, milliseconds. */
const DISTURBED_LASTS = 3_600_000

/** Whether a stored comparison is still to be used. */
export const isCurrent = ({ at, isDisturbed }: { readonly at: string; readonly isDisturbed?: boolean }, now = Date.now()): boolean =>
  isDisturbed !== true || now - Date.parse(at) < DISTURBED_LASTS

/** A result, and whether other programs took much of the processors' time while it was made. */
export interface Observed<Result> {
  readonly result: Result
  readonly isDisturbed: boolean
}

/** Does work while watching the processors. */
export async function observe<Result>(work: () => Promise<Result>): Promise<Observed<Result>> {
  const before = { processors: cpus(), own: process.cpuUsage() }
  const result = await work()
  const { user, system } = process.cpuUsage(before.own)
  return { result, isDisturbed: othersShare(before.processors, cpus(), (user + system) / 1000) > DISTURBED }
}

/** The busy share of the time between two readings of the processors, less this process's own milliseconds. */
export function othersShare(before: readonly Pick<CpuInfo, 'times'>[], after: readonly Pick<CpuInfo, 'times'>[], ownMs: number): number {
  const total = (processors: readonly Pick<CpuInfo, 'times'>[]): number =>
    processors.reduce((sum, { times }) => sum + Object.values(times).reduce((all, ms) => all + ms, 0), 0)
  const idle = (processors: readonly Pick<CpuInfo, 'times'>[]): number => processors.reduce((sum, { times }) => sum + times.idle, 0)
  const passed = total(after) - total(before)
  const busy = passed - (idle(after) - idle(before))
  return passed <= 0 ? 0 : Math.max(0, busy - ownMs) / passed
}
