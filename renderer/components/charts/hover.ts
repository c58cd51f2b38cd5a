import { create } from 'zustand'

/** Where the pointer is over charts that share an axis: at which step, in which group. One store, so that only what follows the pointer is drawn anew. */
export const useHover = create<{ readonly group: string | null; readonly step: number | null }>(() => ({ group: null, step: null }))

export const setHover = (group: string, step: number | null): void =>
  useHover.setState(step === null ? { group: null, step: null } : { group, step })

/** The step that is pointed at in a group of charts; null: none. */
export const useHoveredStep = (group: string): number | null => useHover((hover) => (hover.group === group ? hover.step : null))

/** The place of the step nearest to one; -1 where there are none. */
export function nearestPlace(steps: readonly number[], step: number): number {
  let low = 0
  let high = steps.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (steps[middle] < step) low = middle + 1
    else high = middle
  }
  if (low > 0 && step - steps[low - 1] <= steps[low] - step) return low - 1
  return steps.length === 0 ? -1 : low
}
