import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { thisMachine } from '../../../main/shared/engine-settings.ts'
import { orpc } from '../../api/client.ts'

interface EngineInputProps {
  readonly id: string
  readonly error: string | null
  readonly name: string
  readonly onChange: (name: string) => void
}

/** Chooses this machine or an engine that is configured. A recipe of another machine may name one that isn't. */
export function EngineInput({ id, error, name, onChange }: EngineInputProps) {
  const engines = useQuery(orpc.engines.list.queryOptions())
  const known = [
    { value: thisMachine, label: 'This machine' },
    ...(engines.data ?? []).map((engine) => ({
      value: engine.name,
      label: engine.settings.kind === 'openai' ? `${engine.name} (${engine.settings.model})` : `${engine.name} (Ray)`,
    })),
  ]
  const isKnown = engines.data === undefined || known.some(({ value }) => value === name)
  const data = known.some(({ value }) => value === name)
    ? known
    : [...known, { value: name, label: isKnown ? name : `${name} (not configured)` }]
  return (
    <Select
      id={id}
      error={error}
      data={data}
      value={name}
      allowDeselect={false}
      onChange={(chosen) => chosen !== null && onChange(chosen)}
    />
  )
}
