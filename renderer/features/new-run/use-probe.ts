import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import type { RecipeDocument } from '../../../main/shared/contract/new-run-contract.ts'
import type { ProbeRequest, ShownProbe } from '../../../main/shared/contract/probe-contract.ts'
import { isActive } from '../../../main/shared/contract/runs-contract.ts'
import { engineName, thisMachine } from '../../../main/shared/engine-settings.ts'
import { orpc } from '../../api/client.ts'
import { valueAt } from './document.ts'
import { useDraft } from './draft.ts'

/** Debounce of typed paths and settings, milliseconds. */
const restMs = 300
/** Polling intervals, milliseconds: while judges are measured, and otherwise for a run that starts or ends. */
const [workingMs, idleMs] = [500, 5000]

/** The measurement that belongs to the recipe's model and ranked answers; null: the recipe has no model, or no judge to choose. */
export function useProbe(recipe: RecipeDocument, hasModel: boolean) {
  const count = useDraft(({ probePrompts }) => probePrompts)
  const [request] = useDebouncedValue(requestOf(recipe, count), restMs)
  const enabled = hasModel && request !== null
  const probe = useQuery(
    orpc.evaluate.probe.show.queryOptions({
      input: request ?? nothing,
      ...{ enabled, staleTime: 0, retry: false },
      refetchInterval: ({ state }) => (isWorking(state.data?.measured?.status) ? workingMs : idleMs),
    }),
  )
  return { request: enabled ? request : null, probe }
}

const nothing: ProbeRequest = { model: '-', engine: thisMachine, ranked: null, judge: {}, count: 1, seed: 0 }

export const isWorking = (status: NonNullable<ShownProbe['measured']>['status'] | undefined): boolean =>
  status !== undefined && (status === 'queued' || isActive(status))

function requestOf(recipe: RecipeDocument, count: number): ProbeRequest | null {
  const [model, ranked, judge, seed] = ['base_model', 'seed_data.ranked', 'judge', 'seed'].map((key) => valueAt(recipe, key))
  if (typeof model !== 'string' || model === '') return null
  // Control runs have no judge, the ticks of the demo mean something to its own model alone, and a model that learns to judge is another one.
  const learnsToJudge = [valueAt(recipe, 'seed_data.eft_form')].flat().some((form) => form !== undefined && form !== 'judgements')
  if (valueAt(recipe, 'method') !== 'self-rewarding' || valueAt(recipe, 'judge.method') === 'ticks' || learnsToJudge) return null
  return {
    model,
    engine: engineName.catch(thisMachine).parse(valueAt(recipe, 'engines.judge')),
    ranked: typeof ranked === 'string' && ranked !== '' ? ranked : null,
    judge: typeof judge === 'object' && judge !== null ? { ...judge } : {},
    count,
    seed: Number.isSafeInteger(seed) && Number(seed) >= 0 ? Number(seed) : 0,
  }
}
