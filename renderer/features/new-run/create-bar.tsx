import { Button, CopyButton, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { RecipeDocument, ShippedRecipe } from '../../../main/shared/contract/new-run-contract.ts'
import { client, orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { Panel } from '../../components/page.tsx'
import { commandOf } from './document.ts'
import { clearDraft, setName, touchAll, useDraft } from './draft.ts'
import { labelOf } from './fields/groups.ts'
import styles from './new-run.module.css'

interface CreateBarProps {
  readonly recipe: RecipeDocument
  readonly recipes: readonly ShippedRecipe[]
  readonly problems: readonly { readonly key: string; readonly message: string }[]
  readonly isChecked: boolean
}

/** The run's name and the Create buttons, which work once all values are valid. */
export function CreateBar({ recipe, recipes, problems, isChecked }: CreateBarProps) {
  const { name, origin } = useDraft()
  const [, go] = useLocation()
  const queries = useQueryClient()
  const [unstarted, setUnstarted] = useState<{ readonly id: string; readonly error: unknown } | null>(null)
  const create = useMutation({
    mutationFn: async ({ start }: { readonly start: boolean }) => {
      const { id } = await client.runs.create({ recipe, name: name.trim() === '' ? undefined : name.trim() })
      clearDraft() // created: a second click must not create another run
      try {
        if (start) await client.runs.start({ id })
        go(`/runs/${id}`)
      } catch (error) {
        setUnstarted({ id, error })
      }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: orpc.runs.key() }),
  })
  const submit = (start: boolean): void => {
    touchAll(problems.map(({ key }) => key))
    if (problems.length > 0) document.getElementById(`field-${problems[0].key}`)?.scrollIntoView({ block: 'center' })
    else if (isChecked) create.mutate({ start })
  }
  const shipped =
    recipes.find((one) => origin?.kind === 'shipped' && one.name === origin.name) ?? recipes.find((one) => one.name === 'paper')
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
        {problems.length > 0 && <Problems problems={problems} />}
        {create.isError && <ErrorCard error={create.error} />}
        {unstarted === null ? (
          <>
            <Button variant="filled" loading={create.isPending} onClick={() => submit(true)}>
              Create and start
            </Button>
            <Button disabled={create.isPending} onClick={() => submit(false)}>
              Create
            </Button>
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

/** Values to set or fix, each with a link to its field. */
function Problems({ problems }: Pick<CreateBarProps, 'problems'>) {
  const show = (key: string): void => {
    touchAll([key])
    setTimeout(() => {
      // its group must expand first
      const field = document.getElementById(`field-${key}`)
      field?.scrollIntoView({ block: 'center' })
      const input = field?.matches('input') ? field : field?.querySelector<HTMLElement>('input')
      input?.focus()
    })
  }
  return (
    <ul className={styles.problems} aria-label="Values to fix">
      {problems.map(({ key, message }) => (
        <li key={`${key} ${message}`}>
          <button type="button" onClick={() => show(key)}>
            {labelOf(key)}
          </button>
          : {message}
        </li>
      ))}
    </ul>
  )
}
