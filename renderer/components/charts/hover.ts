import { create } from 'zustand'

/** Hovered step of a group of charts with a shared axis. A store, so that only the components that follow the pointer rerender. */
const useHover = create<{ readonly group: string | null; readonly step: number | null }>(() => ({ group: null, step: null }))

export const setHover = (group: string, step: number | null): void =>
  useHover.setState(step === null ? { group: null, step: null } : { group, step })

/** The hovered step of a group of charts; null: none. */
export const useHoveredStep = (group: string): number | null => useHover((hover) => (hover.group === group ? hover.step : null))

/** Index of the nearest step; -1: there are none. */
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
