import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'

/** A run's appearance in charts: a color, and a dash pattern for users who can't distinguish colors. */
export interface RunLook {
  readonly run: RunDetails
  readonly label: string
  /** A one-letter label for tight spaces. */
  readonly letter: string
  readonly color: string
  readonly dash: string | undefined
}

const dashes = [undefined, '7 3', '2 3', '8 3 2 3'] as const

export function runLooks(runs: readonly RunDetails[]): RunLook[] {
  const names = runs.map(({ name }) => name)
  return runs.map((run, i) => ({
    run,
    label: names.filter((name) => name === run.name).length > 1 ? `${run.name} (${run.id})` : run.name,
    letter: 'ABCDEFGH'[i],
    color: `var(--run-${(i % 4) + 1})`,
    dash: dashes[(i + Math.floor(i / 4)) % 4], // no two runs share both
  }))
}
