import { Button, Modal } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { FilePicker } from '../../components/file-picker.tsx'
import styles from './evaluate.module.css'

/** Imports AlpacaEval's annotations as results. */
export function ImportAnnotationsDialog({ onClose }: { readonly onClose: () => void }) {
  const [file, setFile] = useState('')
  const queries = useQueryClient()
  const importing = useMutation(
    orpc.evaluate.importAnnotations.mutationOptions({
      onSuccess: () => {
        void queries.invalidateQueries({ queryKey: orpc.evaluate.list.key() })
        onClose()
      },
    }),
  )
  return (
    <Modal opened onClose={onClose} title="Import AlpacaEval annotations" size="lg">
      <form
        className={styles.stack}
        onSubmit={(event) => {
          event.preventDefault()
          importing.mutate({ file })
        }}
      >
        <FilePicker
          label="File of annotations"
          description="annotations.json as AlpacaEval writes it, or JSON Lines of {preference, output_1, output_2}. Each model, baseline, and annotator in it becomes a result."
          kind="file"
          endings={['.json', '.jsonl']}
          value={file}
          onChange={setFile}
        />
        {importing.isError && <ErrorCard error={importing.error} />}
        <div className={styles.dialogActions}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="filled" disabled={file.trim() === ''} loading={importing.isPending}>
            Import
          </Button>
        </div>
      </form>
    </Modal>
  )
}
