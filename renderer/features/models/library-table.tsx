import { Button } from '@mantine/core'
import { IconAlertTriangle, IconGitBranch, IconMessages } from '@tabler/icons-react'
import { useLocation } from 'wouter'
import type { LibraryModel } from '../../../main/shared/contract/models-contract.ts'
import { bytes, count, quantity } from '../../components/format.ts'
import { ModelBadge } from '../../components/model-badge.tsx'
import { useChat } from './chat-store.ts'
import { fromLibrary } from './chat-turns.ts'
import styles from './library.module.css'
import { architectureName, sourceName } from './words.ts'

interface LibraryTableProps {
  readonly models: readonly LibraryModel[]
  readonly selected: string | null
  readonly onSelect: (id: string) => void
}

/** Column names and forms. Extra columns are hidden while a model's details are open. */
const columns: readonly (readonly [name: string, form?: 'number' | 'extra' | 'extra number'])[] = [
  ['Model'],
  ['Trained on'],
  ['Kind', 'extra'],
  ['Parameters', 'number'],
  ['Weights'],
  ['Size', 'extra number'],
  ['Context', 'extra number'],
  ['Chat template', 'extra'],
  ['License', 'extra'],
]

/** The models grouped by run, then the others on this machine. A row opens the model's details. */
export function LibraryTable({ models, selected, onSelect }: LibraryTableProps) {
  const groups = [...Map.groupBy(models, ({ origin }) => origin?.runId ?? '')]
  return (
    <div className={styles.scroller}>
      <table className={styles.table}>
        <thead>
          <tr>
            {columns.map(([name, form = '']) => (
              <th key={name} scope="col" className={styles.head} data-form={form}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        {groups.map(([runId, own]) => (
          <tbody key={runId}>
            <tr>
              <th colSpan={columns.length} scope="rowgroup" className={styles.groupHead}>
                {runId === '' ? <span>On this machine</span> : <RunHead models={own} />}
              </th>
            </tr>
            {own.map((model) => (
              <ModelRow key={model.id} model={model} isSelected={model.id === selected} onSelect={() => onSelect(model.id)} />
            ))}
          </tbody>
        ))}
      </table>
    </div>
  )
}

function RunHead({ models }: { readonly models: readonly LibraryModel[] }) {
  const [, go] = useLocation()
  const origin = models[0].origin!
  const usable = models.filter(({ problem }) => problem === null)
  const chat = (): void => {
    useChat.getState().begin(usable.map(fromLibrary))
    go('/models/chat')
  }
  return (
    <div className={styles.runHead}>
      <span>{origin.runName}</span>
      <span className="dim code">{origin.runId}</span>
      <span className={styles.spacer} />
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        leftSection={<IconGitBranch size={14} aria-hidden />}
        onClick={() => go(`/models/lineage/${origin.runId}`)}
      >
        Lineage
      </Button>
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        leftSection={<IconMessages size={14} aria-hidden />}
        onClick={chat}
        disabled={usable.length === 0}
      >
        Chat with all {usable.length}
      </Button>
    </div>
  )
}

function ModelRow({ model, isSelected, onSelect }: { model: LibraryModel; isSelected: boolean; onSelect: () => void }) {
  const { name, origin, source, architecture, parameters, precision, contextLength, hasChatTemplate, license, problem } = model
  return (
    <tr className={styles.row} data-selected={isSelected || undefined} onClick={onSelect}>
      <td>
        <button type="button" className={styles.name} aria-expanded={isSelected} title={model.path}>
          {origin === null ? name : <ModelBadge name={name} />}
        </button>
      </td>
      {problem === null ? (
        <>
          <td className={styles.wide} title={origin?.data}>
            {origin === null ? <span className="dim">{sourceName(source)}</span> : origin.data}
          </td>
          <td data-form="extra">{architectureName(architecture)}</td>
          <td data-form="number">{quantity(parameters)}</td>
          <td>{precision}</td>
          <td data-form="extra number">{bytes(model.bytes)}</td>
          <td data-form="extra number">{count(contextLength)}</td>
          <td data-form="extra">{hasChatTemplate ? 'yes' : <span className="dim">no</span>}</td>
          <td data-form="extra">{license ?? <span className="dim">not stated</span>}</td>
        </>
      ) : (
        <td colSpan={columns.length - 1} className={styles.problem}>
          <IconAlertTriangle size={14} aria-label="Problem" /> {problem}
        </td>
      )}
    </tr>
  )
}
