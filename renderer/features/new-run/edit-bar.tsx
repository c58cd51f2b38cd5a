import { Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import type { RecipeChange, RecipeDocument } from '../../../main/shared/contract/new-run-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { client, orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { Panel } from '../../components/page.tsx'
import { stageAt } from '../../components/stage-words.ts'
import { clearDraft, setName, useDraft } from './draft.ts'
import styles from './new-run.module.css'
import { editActions } from './new-run-actions.ts'
import { Problems } from './problems.tsx'
import { useSubmit } from './use-submit.ts'

interface EditBarProps extends RecipeChange {
  readonly run: { readonly id: string; readonly name: string; readonly started: boolean }
  readonly recipe: RecipeDocument
  readonly isChecked: boolean
}

/** Saves a changed recipe of a run, and starts or resumes the run. */
export function EditBar({ run, recipe, problems, repeated, isChecked }: EditBarProps) {
  const { name } = useDraft()
  const [, go] = useLocation()
  const queries = useQueryClient()
  const save = useMutation({
    mutationFn: async ({ start }: { readonly start: boolean }) => {
      await client.runs.edit({ id: run.id, recipe, name: name.trim() })
      clearDraft()
      if (start) await client.runs.start({ id: run.id })
    },
    onSuccess: () => go(`/runs/${run.id}`),
    onSettled: () => queries.invalidateQueries({ queryKey: orpc.runs.key() }),
  })
  const { submit, isWaiting } = useSubmit({ problems, isChecked }, (start) => save.mutate({ start }))
  const enabled = !save.isPending && !isWaiting
  const actions = useScreenActions(editActions, {
    start: { title: run.started ? 'Save and resume' : 'Save and start', enabled, perform: () => submit(true) },
    save: { enabled, perform: () => submit(false) },
  })
  return (
    <Panel>
      <div className={styles.create}>
        <TextInput label="Name" value={name} maxLength={120} onChange={({ currentTarget }) => setName(currentTarget.value)} />
        {run.started && problems.length === 0 && (
          <p className={styles.quiet}>
            {repeated.length === 0
              ? 'Everything that is stored is kept.'
              : `What is stored is kept, except that ${repeated.map(({ iteration, stage }) => `“${stageAt(stage, iteration)}”`).join(' and ')} starts over.`}
          </p>
        )}
        {save.isError && <ErrorCard error={save.error} />}
        <Button {...actionProps(actions.start)} variant="filled" loading={!enabled} />
        <Button {...actionProps(actions.save)} />
        <Button variant="subtle" color="gray" component={Link} href={`/runs/${run.id}`} onClick={clearDraft}>
          Cancel
        </Button>
        {problems.length > 0 && <Problems problems={problems} />}
      </div>
    </Panel>
  )
}
