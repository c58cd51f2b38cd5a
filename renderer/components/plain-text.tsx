import { Button } from '@mantine/core'
import { useState } from 'react'
import { count } from './format.ts'
import styles from './markdown.module.css'

/** Characters shown at first; layout of more would block the page. */
const most = 20_000

/** A text verbatim; a very long one is cut until the user asks for all of it. */
export function PlainText({ text }: { readonly text: string }) {
  const [isWhole, setWhole] = useState(false)
  const isCut = text.length > most && !isWhole
  return (
    <>
      <pre className={styles.plain}>{isCut ? text.slice(0, most) : text}</pre>
      {isCut && <Button onClick={() => setWhole(true)}>Show all {count(text.length)} characters</Button>}
    </>
  )
}
