import { MultiSelect, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { LibraryModel } from '../../main/shared/contract/models-contract.ts'
import { ownModelId } from '../../main/shared/engine-settings.ts'
import { orpc } from '../api/client.ts'

/** A name that distinguishes models of different runs. */
export const modelLabel = ({ name, origin }: LibraryModel): string => (origin === null ? name : `${name} of ${origin.runName}`)

/** Usable models: those of each run, then those on disk. */
export function useUsableModels(): readonly LibraryModel[] {
  const { data } = useQuery(orpc.models.library.queryOptions({ staleTime: 0 }))
  return data?.filter(({ problem }) => problem === null) ?? []
}

/** A server's own model, as it is offered among those of the library. */
export interface ServerModel {
  readonly id: string
  readonly engine: string
  readonly label: string
}

/** The models of the servers that are configured. */
export function useServerModels(): readonly ServerModel[] {
  const { data = [] } = useQuery(orpc.engines.list.queryOptions())
  return data.flatMap(({ name, settings }) =>
    settings.kind === 'openai' ? [{ id: ownModelId(name), engine: name, label: `${name} (${settings.model})` }] : [],
  )
}

const grouped = (models: readonly LibraryModel[], servers: readonly ServerModel[]) => {
  const groups = Map.groupBy(models, ({ origin }) => origin?.runId ?? '')
  const local = [...groups].map(([runId, own]) => ({
    group: runId === '' ? 'On this machine' : `Run ${own[0].origin?.runName}`,
    items: own.map((model) => ({ value: model.id, label: modelLabel(model) })),
  }))
  if (servers.length === 0) return local
  return [...local, { group: 'On servers', items: servers.map(({ id, label }) => ({ value: id, label })) }]
}

interface ModelSelectProps {
  readonly label: string
  readonly value: string | null
  readonly onChange: (id: string | null) => void
  readonly description?: string | undefined
  /** Offered too. */
  readonly servers?: readonly ServerModel[]
}

/** Selects one model of the library. */
export function ModelSelect({ label, value, onChange, description, servers = [] }: ModelSelectProps) {
  const models = useUsableModels()
  return (
    <Select
      {...{ label, value, onChange, description }}
      data={grouped(models, servers)}
      placeholder="Choose a model"
      searchable
      nothingFoundMessage="No matching models"
    />
  )
}

interface ModelsSelectProps {
  readonly label: string
  readonly value: readonly string[]
  readonly onChange: (ids: string[]) => void
  readonly most: number
  /** Offered too. */
  readonly servers?: readonly ServerModel[]
}

/** Selects several models, in the library's order. */
export function ModelsSelect({ label, value, onChange, most, servers = [] }: ModelsSelectProps) {
  const models = useUsableModels()
  const inOrder = (ids: readonly string[]): string[] => [...models, ...servers].map(({ id }) => id).filter((id) => ids.includes(id))
  return (
    <MultiSelect
      size="xs"
      {...{ label }}
      value={[...value]}
      onChange={(ids) => onChange(inOrder(ids))}
      data={grouped(models, servers)}
      maxValues={most}
      placeholder={value.length === 0 ? 'Choose models' : undefined}
      searchable
      hidePickedOptions
      nothingFoundMessage="No matching models"
    />
  )
}
