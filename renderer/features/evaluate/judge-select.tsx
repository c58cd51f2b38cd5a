import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { engineOfModel, thisMachine } from '../../../main/shared/engine-settings.ts'
import { orpc } from '../../api/client.ts'
import { ModelSelect, useServerModels } from '../../components/model-select.tsx'

interface JudgeSelectProps {
  readonly label: string
  readonly value: string | null
  /** A cluster; null: this machine, or the server whose model it is. */
  readonly cluster: string | null
  readonly onChange: (value: string | null) => void
  readonly onCluster: (cluster: string | null) => void
  readonly description?: string
}

/** Selects the model that judges: one of the library, here or on a cluster, or a server's own. */
export function JudgeSelect({ label, value, cluster, onChange, onCluster, description }: JudgeSelectProps) {
  const servers = useServerModels()
  const { data = [] } = useQuery(orpc.engines.list.queryOptions())
  const clusters = data.filter(({ settings }) => settings.kind === 'ray').map(({ name }) => name)
  const isOnServer = value !== null && engineOfModel(value) !== null
  return (
    <>
      <ModelSelect
        {...{ label, value, description, servers }}
        onChange={(id) => {
          onChange(id)
          if (id !== null && engineOfModel(id) !== null) onCluster(null)
        }}
      />
      {clusters.length > 0 && !isOnServer && (
        <Select
          label="Judges on"
          data={[{ value: thisMachine, label: 'This machine' }, ...clusters.map((name) => ({ value: name, label: `${name} (Ray)` }))]}
          value={cluster ?? thisMachine}
          onChange={(name) => onCluster(name === thisMachine ? null : name)}
          allowDeselect={false}
        />
      )}
    </>
  )
}
