import { Button, Textarea } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { submitProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { ModelText } from '../../components/markdown.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import styles from './guidelines.module.css'
import { guidelinesActions } from './review-actions.ts'

/** What reviewers go by, beside the pair. Written once for all runs, by any reviewer. */
export function Guidelines() {
  const guidelines = useQuery(orpc.review.guidelines.queryOptions({ staleTime: 0 }))
  const [isWriting, setWriting] = useState(false)
  return (
    <aside className={styles.guidelines} aria-label="Guidelines">
      <div className={styles.head}>
        <span>Guidelines</span>
        {!isWriting && (
          <Button variant="subtle" color="gray" onClick={() => setWriting(true)}>
            {guidelines.data?.text === '' ? 'Write' : 'Change'}
          </Button>
        )}
      </div>
      <QueryView query={guidelines}>
        {({ text }) =>
          isWriting ? (
            <Editor text={text} onClose={() => setWriting(false)} />
          ) : text === '' ? (
            <p className={styles.none}>
              Write down what makes an answer better, for you and for other reviewers: it decides more of your agreement than anything else.
            </p>
          ) : (
            <ScrollArea className={styles.text} label="Text of the guidelines">
              <ModelText text={text} />
            </ScrollArea>
          )
        }
      </QueryView>
    </aside>
  )
}

function Editor({ text: before, onClose }: { readonly text: string; readonly onClose: () => void }) {
  const queries = useQueryClient()
  const [text, setText] = useState(before)
  const save = useMutation(
    orpc.review.setGuidelines.mutationOptions({
      onSuccess: async () => {
        await queries.invalidateQueries({ queryKey: orpc.review.guidelines.key() })
        onClose()
      },
    }),
  )
  const actions = useScreenActions(guidelinesActions, { save: { enabled: !save.isPending, perform: () => save.mutate({ text }) } })
  return (
    <form
      className={styles.editor}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate({ text })
      }}
    >
      <Textarea
        aria-label="Guidelines in Markdown"
        description="In Markdown, for every run of this data folder."
        autosize
        minRows={8}
        maxRows={20}
        autoFocus
        maxLength={100_000}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {save.isError && <ErrorCard error={save.error} />}
      <div className={styles.buttons}>
        <Button onClick={onClose}>Cancel</Button>
        <Button {...submitProps(actions.save)} type="submit" variant="filled" loading={save.isPending}>
          Save
        </Button>
      </div>
    </form>
  )
}
