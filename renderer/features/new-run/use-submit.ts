import { useEffect, useState } from 'react'
import { touchAll } from './draft.ts'

interface Checked {
  readonly problems: readonly { readonly key: string }[]
  readonly isChecked: boolean
}

/**
 * Submits a form once its current values are checked. A value that was being typed is complete only when the button is pressed, so its check is
 * still to come. If there are problems, the first field that has one is shown instead.
 */
export function useSubmit({ problems, isChecked }: Checked, perform: (start: boolean) => void) {
  const [wanted, setWanted] = useState<{ readonly start: boolean } | null>(null)
  useEffect(() => {
    if (wanted === null || !isChecked) return
    setWanted(null)
    touchAll(problems.map(({ key }) => key))
    if (problems.length === 0) perform(wanted.start)
    else document.getElementById(`field-${problems[0].key}`)?.scrollIntoView({ block: 'center' })
  }, [wanted, isChecked, problems, perform])
  return { submit: (start: boolean): void => setWanted({ start }), isWaiting: wanted !== null }
}
