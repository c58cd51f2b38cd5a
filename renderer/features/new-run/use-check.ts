import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { RecipeDocument } from '../../../main/shared/contract/new-run-contract.ts'
import { client } from '../../api/client.ts'

/** Debounce before values are checked, milliseconds. */
const restMs = 200
/** How long results for outdated recipes stay cached, milliseconds. */
const gcTime = 10_000

/** The recipe's problems and its estimate, both debounced. `editing`: ID of the run whose recipe is being changed. */
export function useCheck(recipe: RecipeDocument, editing: string | null) {
  const [rested] = useDebouncedValue(recipe, restMs)
  const text = JSON.stringify(rested)
  const enabled = text !== '{}'
  const check = useQuery({
    queryKey: ['new-run', 'check', editing, text],
    queryFn: async () =>
      editing === null
        ? { problems: await client.runs.checkRecipe({ recipe: rested }), repeated: [] }
        : client.runs.checkChange({ id: editing, recipe: rested }),
    placeholderData: keepPreviousData,
    ...{ enabled, gcTime },
  })
  const hasModel = check.data !== undefined && !check.data.problems.some(({ key }) => key === 'base_model')
  const estimate = useQuery({
    queryKey: ['new-run', 'estimate', text],
    queryFn: () => client.runs.estimate({ recipe: rested }),
    placeholderData: keepPreviousData,
    ...{ enabled: enabled && hasModel && !check.isPlaceholderData, gcTime, retry: false },
  })
  return {
    problems: check.data?.problems ?? [],
    /** Stages that a change makes start over. */
    repeated: check.data?.repeated ?? [],
    /** Whether the problems are those of the current values; if they can't be checked, creating the run says why. */
    isChecked: rested === recipe && (check.isError || (check.data !== undefined && !check.isPlaceholderData)),
    estimate,
    hasModel,
  }
}
