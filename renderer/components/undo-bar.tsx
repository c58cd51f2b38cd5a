import { Button, CloseButton } from '@mantine/core'
import { useEffect } from 'react'
import { create } from 'zustand'
import styles from './undo-bar.module.css'

/** Something that was just done, and how to take it back. */
interface Undoable {
  readonly text: string
  readonly undo: () => Promise<void>
}

const useUndoable = create<{ readonly undoable: Undoable | null }>(() => ({ undoable: null }))

/** How long the offer stands, milliseconds: a little less than main waits. */
const standMs = 9000

/** Offers to undo what was just done. */
export const offerUndo = (undoable: Undoable): void => useUndoable.setState({ undoable })

const withdraw = (): void => useUndoable.setState({ undoable: null })

/** The offer to undo, at the bottom of the window. Mounted once. */
export function UndoBar() {
  const undoable = useUndoable((state) => state.undoable)
  useEffect(() => {
    if (undoable === null) return
    const timer = setTimeout(withdraw, standMs)
    return () => clearTimeout(timer)
  }, [undoable])
  return (
    <div role="status" className={styles.place}>
      {undoable !== null && (
        <div className={styles.bar}>
          <span className={styles.text}>{undoable.text}</span>
          <Button
            onClick={() => {
              withdraw()
              void undoable.undo()
            }}
          >
            Undo
          </Button>
          <CloseButton size="sm" aria-label="Dismiss" onClick={withdraw} />
        </div>
      )}
    </div>
  )
}
