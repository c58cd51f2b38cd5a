import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useLocation, useSearchParams } from 'wouter'
import type { ShippedRecipe } from '../../../main/shared/contract/new-run-contract.ts'
import { derivations } from '../../../main/shared/derived-recipes.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { Page, Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { ChangesCard } from './changes-card.tsx'
import { CreateBar } from './create-bar.tsx'
import { clearDraft, type Origin, useDraft } from './draft.ts'
import { EditBar } from './edit-bar.tsx'
import { EstimateCard } from './estimate-card.tsx'
import { FieldGroups } from './field-groups.tsx'
import { judgeWarning } from './judge-warning.ts'
import styles from './new-run.module.css'
import { newRunActions } from './new-run-actions.ts'
import { beginEdit, beginFromRun, beginWithModel, PresetCards } from './preset-cards.tsx'
import { ProbePanel } from './probe-panel.tsx'
import { SourceInputs } from './source-inputs.tsx'
import { useCheck } from './use-check.ts'
import { useProbe } from './use-probe.ts'

/** The New run page: preset, model and data, settings, estimate, and problems. It also changes a run that exists. */
export function NewRunPage() {
  const recipes = useQuery(orpc.runs.recipes.queryOptions())
  const origin = useDraft((draft) => draft.origin)
  const error = useOriginOfAddress()
  const title = origin?.kind !== 'edit' ? 'New run' : `${origin.started ? 'Change settings of' : 'Edit'} ${origin.name}`
  const actions = useScreenActions(newRunActions, {
    startOver: origin && { title: origin.kind === 'edit' ? 'Discard changes' : 'Start over', perform: clearDraft },
  })
  return (
    <Page title={title} actions={origin !== null && <Button {...actionProps(actions.startOver)} />}>
      {error !== null && <ErrorCard error={error} />}
      <QueryView query={recipes}>{(list) => <Form recipes={list} />}</QueryView>
    </Page>
  )
}

function Form({ recipes }: { readonly recipes: readonly ShippedRecipe[] }) {
  const { origin, base, recipe, touched } = useDraft()
  const editing = origin?.kind === 'edit' ? origin : null
  const { problems, repeated, isChecked, estimate, hasModel } = useCheck(recipe, editing?.id ?? null)
  const { request, probe } = useProbe(recipe, hasModel)
  const warning = request === null ? null : judgeWarning(recipe, probe.data?.measured)
  const warningOf = (key: string): string | null => (key === 'judge.method' ? warning : null)
  const errorOf = (key: string): string | null =>
    touched.includes(key) ? (problems.find((problem) => problem.key === key)?.message ?? null) : null
  const complete = recipes.find(({ name }) => name === 'paper')!.recipe
  return (
    <>
      {editing === null && <PresetCards key={origin === null ? 'none' : JSON.stringify(origin)} recipes={recipes} origin={origin} />}
      {origin === null ? (
        <p className={styles.quiet}>Choose a starting point. You can change every value, and nothing runs until you start it.</p>
      ) : (
        <div className={styles.columns}>
          <div className={styles.form}>
            <Panel title="Model and data">
              <SourceInputs {...{ recipe, errorOf }} suggested={suggestedModel(recipes, origin)} />
            </Panel>
            {request !== null && probe.data !== undefined && <ProbePanel {...{ recipe, request }} shown={probe.data} />}
            <Panel title="Settings">
              <FieldGroups key={JSON.stringify(base)} {...{ recipe, base, complete, errorOf, warningOf }} />
            </Panel>
          </div>
          <aside className={styles.side} aria-label="Estimate and start">
            {editing === null ? (
              <CreateBar {...{ recipe, recipes, problems, isChecked }} />
            ) : (
              <EditBar {...{ recipe, problems, repeated, isChecked }} run={editing} />
            )}
            <EstimateCard estimate={estimate} hasModel={hasModel} />
            <ChangesCard {...{ origin, base, recipe }} />
          </aside>
        </div>
      )}
    </>
  )
}

/** The model that a shipped recipe is made for. */
const suggestedModel = (recipes: readonly ShippedRecipe[], origin: Origin | null): string | null =>
  recipes.find(({ name }) => origin?.kind === 'shipped' && origin.name === name)?.suggested_model ?? null

/**
 * `/runs/new?from=r-abc` starts from that run's recipe, `&as=control` from that of its control; `?edit=r-abc` changes the run's own;
 * `?base=PATH` starts from a model. The parameters are then removed, so that a reload keeps the user's changes.
 */
function useOriginOfAddress(): unknown {
  const [parameters] = useSearchParams()
  const [, go] = useLocation()
  const edited = parameters.get('edit')
  const from = parameters.get('from') ?? edited
  const model = parameters.get('base')
  const derivation = derivations.find((one) => one === parameters.get('as')) ?? null
  const [error, setError] = useState<unknown>(null)
  useEffect(() => {
    if (from === null && model === null) return
    const begin = edited !== null ? beginEdit(edited) : model !== null ? beginWithModel(model, from) : beginFromRun(from!, derivation)
    begin.catch(setError).finally(() => go('/runs/new', { replace: true }))
  }, [from, edited, model, derivation, go])
  return error
}
