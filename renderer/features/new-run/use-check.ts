import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { RecipeDocument } from '../../../main/api/contract/new-run.ts'
import { client } from '../../api/client.ts'

/** How long values must rest before they are checked, milliseconds. */
const restMs = 200
/** Answers to recipes that are no longer shown are not kept for long. */
const gcTime = 10_000

/** What is wrong with the recipe, and what it would take; both follow the values as they rest. */
export function useCheck(recipe: RecipeDocument) {
  const [rested] = useDebouncedValue(recipe, restMs)
  const text = JSON.stringify(rested)
  const enabled = text !== '{}'
  const check = useQuery({
    queryKey: ['new-run', 'check', text],
    queryFn: () => client.runs.checkRecipe({ recipe: rested }),
    placeholderData: keepPreviousData,
    ...{ enabled, gcTime },
  })
  const hasModel = check.data !== undefined && !check.data.some(({ key }) => key === 'base_model')
  const estimate = useQuery({
    queryKey: ['new-run', 'estimate', text],
    queryFn: () => client.runs.estimate({ recipe: rested }),
    placeholderData: keepPreviousData,
    ...{ enabled: enabled && hasModel && !check.isPlaceholderData, gcTime, retry: false },
  })
  return {
    problems: check.data ?? [],
    isChecked: check.data !== undefined && !check.isPlaceholderData && rested === recipe,
    estimate,
    hasModel,
  }
}
