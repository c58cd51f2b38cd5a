import { Button, CopyButton, NumberInput, Select, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { mostSeeds, type RecipeDocument, type ShippedRecipe } from '../../../main/shared/contract/new-run-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { client, orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { Panel } from '../../components/page.tsx'
import { waitable } from '../../components/run-menu/start-after.tsx'
import { commandOf } from './document.ts'
import { clearDraft, setAfter, setName, setSeeds, useDraft } from './draft.ts'
import styles from './new-run.module.css'
import { createActions } from './new-run-actions.ts'
import { Problems } from './problems.tsx'
import { useSubmit } from './use-submit.ts'

interface CreateBarProps {
  readonly recipe: RecipeDocument
  readonly recipes: readonly ShippedRecipe[]
  readonly problems: readonly { readonly key: string; readonly message: string }[]
  readonly isChecked: boolean
}

/** The run's name and the Create buttons, which work once all values are valid. */
export function CreateBar({ recipe, recipes, problems, isChecked }: CreateBarProps) {
  const { name, origin, seeds, after } = useDraft()
  const runs = useQuery(orpc.runs.list.queryOptions())
  const choices = waitable(runs.data ?? [], null)
  const [, go] = useLocation()
  const queries = useQueryClient()
  const [unstarted, setUnstarted] = useState<{ readonly id: string; readonly error: unknown } | null>(null)
  const create = useMutation({
    mutationFn: async ({ start }: { readonly start: boolean }) => {
      const source = origin?.kind === 'run' ? origin.id : null
      const { id, ids } = await client.runs.create({ recipe, name: name.trim() === '' ? undefined : name.trim(), source, seeds })
      clearDraft() // created: a second click must not create another run
      try {
        for (const one of start ? ids : [])
          await (after === null ? client.runs.start({ id: one }) : client.runs.startAfter({ id: one, after }))
        go(ids.length > 1 ? '/runs' : `/runs/${id}`)
      } catch (error) {
        setUnstarted({ id, error })
      }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: orpc.runs.key() }),
  })
  const { submit, isWaiting } = useSubmit({ problems, isChecked }, (start) => create.mutate({ start }))
  const isBusy = create.isPending || isWaiting
  const shipped =
    recipes.find((one) => origin?.kind === 'shipped' && one.name === origin.name) ?? recipes.find((one) => one.name === 'paper')
  const isOpen = unstarted === null
  const actions = useScreenActions(createActions, {
    start: isOpen
      ? { title: after === null ? 'Create and start' : 'Create and queue', enabled: !isBusy, perform: () => submit(true) }
      : null,
    create: isOpen ? { title: seeds === 1 ? 'Create' : `Create ${seeds} runs`, enabled: !isBusy, perform: () => submit(false) } : null,
  })
  return (
    <Panel>
      <div className={styles.create}>
        <TextInput
          label="Name"
          placeholder={String(recipe.name ?? '')}
          value={name}
          maxLength={120}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <NumberInput
          label="Runs that differ in their seed"
          description={
            seeds === 1
              ? 'With several, you see what is due to chance.'
              : `Seeds ${Number(recipe.seed)} to ${Number(recipe.seed) + seeds - 1}, one after the other.`
          }
          min={1}
          max={mostSeeds}
          allowDecimal={false}
          value={seeds}
          onChange={(value) => setSeeds(typeof value === 'number' ? Math.min(mostSeeds, Math.max(1, value)) : 1)}
        />
        {choices.length > 0 && (
          <Select
            label="Start after"
            placeholder="As soon as possible"
            clearable
            searchable
            data={choices}
            value={choices.some(({ value }) => value === after) ? after : null}
            onChange={setAfter}
          />
        )}
        {create.isError && <ErrorCard error={create.error} />}
        {unstarted === null ? (
          <>
            <Button {...actionProps(actions.start)} variant="filled" loading={isBusy} />
            <Button {...actionProps(actions.create)} />
          </>
        ) : (
          <>
            <p>The run was created, but couldn’t be started.</p>
            <ErrorCard error={unstarted.error} />
            <Button variant="filled" component={Link} href={`/runs/${unstarted.id}`}>
              Open run
            </Button>
          </>
        )}
        {problems.length > 0 && <Problems problems={problems} />}
        <div className={styles.copies}>
          <Copy label="Copy as JSON" value={`${JSON.stringify(recipe, null, 2)}\n`} />
          {shipped && <Copy label="Copy as command" value={commandOf(shipped.name, recipe, shipped.recipe, name)} />}
        </div>
      </div>
    </Panel>
  )
}

const Copy = ({ label, value }: { readonly label: string; readonly value: string }) => (
  <CopyButton value={value}>
    {({ copied, copy }) => (
      <Button variant="subtle" color="gray" size="compact-xs" onClick={copy}>
        {copied ? 'Copied' : label}
      </Button>
    )}
  </CopyButton>
)
