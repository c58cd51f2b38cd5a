import { Button, CloseButton } from '@mantine/core'
import { useEffect } from 'react'
import { create } from 'zustand'
import styles from './undo-bar.module.css'

/** Something that was just done, and how to take it back. */
interface Undoable {
  readonly text: string
  /** Resolves to false if it is too late. Null: it is too late. */
  readonly undo: (() => Promise<boolean>) | null
}

const useUndoable = create<{ readonly undoable: Undoable | null }>(() => ({ undoable: null }))

/** How long the offer stands, milliseconds: a little less than main waits. */
const standMs = 9000

/** Offers to undo what was just done. */
export const offerUndo = (undoable: Undoable): void => useUndoable.setState({ undoable })

const withdraw = (): void => useUndoable.setState({ undoable: null })

async function takeBack({ text, undo }: Undoable): Promise<void> {
  withdraw()
  const isDone = await undo?.().catch(() => false)
  if (isDone === false) offerUndo({ text: `${text} It couldn’t be restored.`, undo: null })
}

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
          {undoable.undo !== null && <Button onClick={() => void takeBack(undoable)}>Undo</Button>}
          <CloseButton size="sm" aria-label="Dismiss" onClick={withdraw} />
        </div>
      )}
    </div>
  )
}
