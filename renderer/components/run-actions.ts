import { useMutation, useQueryClient } from '@tanstack/react-query'
import { orpc } from '../api/client.ts'

/** Mutations of a run, and the last one's error. Each invalidates the run queries. */
export function useRunActions(id: string) {
  const queries = useQueryClient()
  const onSettled = (): Promise<void> => queries.invalidateQueries({ queryKey: orpc.runs.key() })
  const start = useMutation(orpc.runs.start.mutationOptions({ onSettled, mutationKey: [id, 'start'] }))
  const queueFirst = useMutation(orpc.runs.queueFirst.mutationOptions({ onSettled, mutationKey: [id, 'queue'] }))
  const confirmReview = useMutation(orpc.runs.confirmReview.mutationOptions({ onSettled, mutationKey: [id, 'start'] }))
  const pause = useMutation(orpc.runs.pause.mutationOptions({ onSettled, mutationKey: [id, 'pause'] }))
  const stopAndKeep = useMutation(orpc.runs.stopAndKeep.mutationOptions({ onSettled, mutationKey: [id, 'stop'] }))
  const setReviewWait = useMutation(orpc.runs.setReviewWait.mutationOptions({ onSettled, mutationKey: [id, 'review-wait'] }))
  const all = [start, queueFirst, confirmReview, pause, stopAndKeep, setReviewWait]
  return {
    start,
    queueFirst,
    /** Confirms that the review is done, so that the waiting run trains on its pairs. */
    confirmReview,
    pause,
    stopAndKeep,
    setReviewWait,
    error: all.find(({ error }) => error !== null)?.error ?? null,
    clearError: (): void => {
      for (const action of all) if (action.isError) action.reset()
    },
  }
}
