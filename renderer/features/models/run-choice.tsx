import { Button, Menu } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import type { LibraryModel } from '../../../main/shared/contract/models-contract.ts'
import { ModelBadge } from '../../components/model-badge.tsx'
import { useUsableModels } from '../../components/model-select.tsx'
import styles from './chat.module.css'

/** Chooses all models of a run with one click, or two if there are several runs. */
export function RunChoice({ onChoose }: { readonly onChoose: (models: readonly LibraryModel[]) => void }) {
  const models = useUsableModels()
  const runs = [...Map.groupBy(models, ({ origin }) => origin?.runId ?? '')].filter(([runId]) => runId !== '').map(([, own]) => own)
  if (runs.length === 0) return null
  if (runs.length === 1) {
    return <Button onClick={() => onChoose(runs[0])}>All of {runs[0][0].origin?.runName}</Button>
  }
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button rightSection={<IconChevronDown size={14} aria-hidden />}>All of a run</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {runs.map((own) => (
          <Menu.Item key={own[0].origin?.runId} onClick={() => onChoose(own)}>
            <span className={styles.runItem}>
              {own[0].origin?.runName}
              {own.map(({ id, name }) => (
                <ModelBadge key={id} name={name} />
              ))}
            </span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
