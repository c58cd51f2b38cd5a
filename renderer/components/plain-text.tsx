import { Button } from '@mantine/core'
import { useState } from 'react'
import { count } from './format.ts'
import styles from './markdown.module.css'

/** More at a time would make the page wait for its layout. */
const most = 20_000

/** A text as it stands, character by character; a very long one as far as it can be read for now. */
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
