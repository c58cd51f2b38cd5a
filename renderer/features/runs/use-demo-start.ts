import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { client, orpc } from '../../api/client.ts'

/** Creates a run from the demo recipe, starts it, and opens its page. */
export function useDemoStart() {
  const [, go] = useLocation()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async () => {
      const recipes = await client.runs.recipes()
      const { recipe } = recipes.find(({ name }) => name === 'demo')!
      const { id } = await client.runs.create({ recipe })
      await client.runs.start({ id })
      return id
    },
    onSuccess: (id) => go(`/runs/${id}`),
    onSettled: () => queries.invalidateQueries({ queryKey: orpc.runs.key() }),
  })
}
