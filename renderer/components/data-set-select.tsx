import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { DataSet, DataUse } from '../../main/shared/contract/datasets-contract.ts'
import { orpc } from '../api/client.ts'
import { count } from './format.ts'

interface DataSetSelectProps {
  readonly label: string
  /** The path of the chosen data set, or of another file. */
  readonly value: string
  readonly onChange: (path: string) => void
  /** What it must be good for. */
  readonly use: DataUse
}

/** A data set's name, and what it holds for a use. */
const labelOf = ({ name, counts }: DataSet, use: DataUse): string => {
  const { instructions, ranked, preferences, prompts } = counts
  const rows =
    use === 'ranked'
      ? Math.max(ranked, preferences)
      : use === 'prompts'
        ? Math.max(prompts, instructions, ranked, preferences)
        : instructions
  return `${name} (${count(rows)})`
}

/** Imported and shipped data sets by name, beside a field for a path. Nothing if there are none for this use. */
export function DataSetSelect({ label, value, onChange, use }: DataSetSelectProps) {
  const sets = useQuery(orpc.data.list.queryOptions())
  const fitting = (sets.data ?? []).filter(({ uses }) => uses.includes(use))
  if (fitting.length === 0) return null
  return (
    <Select
      aria-label={`${label}: a data set`}
      placeholder="Or choose a data set"
      searchable
      mt={4}
      data={fitting.map((set) => ({ value: set.path, label: labelOf(set, use) }))}
      value={fitting.some(({ path }) => path === value) ? value : null}
      onChange={(path) => path !== null && onChange(path)}
    />
  )
}
