import { Button, Menu } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useLocation } from 'wouter'
import type { LibraryModel } from '../../main/shared/contract/models-contract.ts'
import { actionProps } from '../actions/action-button.tsx'
import { useScreenActions } from '../actions/use-screen-actions.ts'
import { modelActions } from './model-action-infos.ts'
import { modelLabel, useUsableModels } from './model-select.tsx'

/** What follows from a model: a run that starts from it, an evaluation, a comparison with another one. */
export function ModelActions({ model }: { readonly model: LibraryModel }) {
  const [, go] = useLocation()
  const models = useUsableModels()
  const ofRun = models.filter(({ id, origin }) => id !== model.id && origin !== null && origin.runId === model.origin?.runId)
  const evaluate = (against?: string): void =>
    go(`/evaluate/evaluations?${new URLSearchParams({ model: model.id, ...(against !== undefined && { against }) }).toString()}`)
  const newRun = (): void =>
    go(`/runs/new?${new URLSearchParams({ base: model.path, ...(model.origin !== null && { from: model.origin.runId }) }).toString()}`)
  const enabled = model.problem === null
  const actions = useScreenActions(modelActions, {
    newRun: { enabled, perform: newRun },
    evaluate: { enabled, perform: () => evaluate() },
  })
  return (
    <>
      <Button {...actionProps(actions.newRun)} />
      <Button {...actionProps(actions.evaluate)} />
      {ofRun.length > 0 && (
        <Menu withinPortal>
          <Menu.Target>
            <Button rightSection={<IconChevronDown size={12} aria-hidden />} disabled={!enabled}>
              Compare with
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {ofRun.map((other) => (
              <Menu.Item key={other.id} onClick={() => evaluate(other.id)}>
                {modelLabel(other)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </>
  )
}
