import { Button, Modal, Progress } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { ExportEvent, LibraryModel } from '../../../main/shared/contract/models-contract.ts'
import { client } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { FilePicker } from '../../components/file-picker.tsx'
import { bytes } from '../../components/format.ts'
import { modelLabel } from '../../components/model-select.tsx'
import { folderName } from './folder-name.ts'
import styles from './library.module.css'

/** Exports a model to a new folder with the files that other programs need, and verifies the copy. */
export function ExportDialog({ model, onClose }: { readonly model: LibraryModel; readonly onClose: () => void }) {
  const [folder, setFolder] = useState('')
  const { event, error, isRunning, start } = useExport(model.id)
  const close = (): void => {
    if (!isRunning) onClose()
  }
  return (
    <Modal opened onClose={close} title={`Export ${modelLabel(model)}`} size="lg" closeOnClickOutside={!isRunning}>
      {event?.kind === 'done' ? (
        <Done event={event} onClose={onClose} />
      ) : (
        <form
          className={styles.stack}
          onSubmit={(submitted) => {
            submitted.preventDefault()
            void start(folder)
          }}
        >
          <p className={styles.hint}>
            Creates a Hugging Face folder with weights, configuration, and tokenizer for transformers, vLLM, or llama.cpp’s converter, an
            Ollama Modelfile with the same chat template and stop tokens, and a README with lineage and figures. About {bytes(model.bytes)}.
            Afterwards, Laurel opens the copy and compares it with the original.
          </p>
          <FilePicker
            label="New folder"
            description="Must not exist yet. Created only if the export succeeds."
            kind="new-folder"
            value={folder}
            onChange={setFolder}
            suggestedName={folderName(model)}
            disabled={isRunning}
          />
          {isRunning && <Running event={event} />}
          {error !== null && <ErrorCard error={error} />}
          <div className={styles.dialogActions}>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" variant="filled" disabled={folder.trim() === ''} loading={isRunning}>
              Export
            </Button>
          </div>
        </form>
      )}
    </Modal>
  )
}

/** A running export. Unmounting the dialog aborts it. */
function useExport(id: string) {
  const [event, setEvent] = useState<ExportEvent | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [isRunning, setRunning] = useState(false)
  const abort = useRef<AbortController>(null)
  useEffect(() => () => abort.current?.abort(), [])
  async function start(folder: string): Promise<void> {
    abort.current = new AbortController()
    setRunning(true)
    setError(null)
    try {
      for await (const next of await client.models.export({ id, folder }, { signal: abort.current.signal })) setEvent(next)
    } catch (thrown) {
      setError(thrown)
    } finally {
      setRunning(false)
    }
  }
  return { event, error, isRunning, start }
}

function Running({ event }: { readonly event: ExportEvent | null }) {
  if (event?.kind === 'checking') return <p role="status">Comparing the copy with the original …</p>
  if (event?.kind !== 'copying') return <p role="status">Reading the model’s chat template …</p>
  const share = event.total === 0 ? 0 : event.bytes / event.total
  return (
    <div role="status">
      {bytes(event.bytes)} of {bytes(event.total)}
      <Progress value={100 * share} aria-label="Copied" />
    </div>
  )
}

function Done({ event, onClose }: { readonly event: Extract<ExportEvent, { kind: 'done' }>; readonly onClose: () => void }) {
  const { folder, files, check, hasTemplate, stops } = event
  const difference = check?.largestDifference ?? 0
  return (
    <div className={styles.stack}>
      <p role="status">
        {check === null
          ? 'Exported.'
          : difference === 0
            ? `Exported and verified: the log-probabilities of ${check.tokens} tokens are bit-identical.`
            : `Exported, but the copy differs: log-probabilities of ${check.tokens} tokens differ by up to ${difference.toPrecision(2)}.`}
      </p>
      <dl className={styles.facts}>
        <dt>Folder</dt>
        <dd className="code">{folder}</dd>
        <dt>Files</dt>
        <dd>{files.join(', ')}</dd>
        <dt>Modelfile</dt>
        <dd>
          {hasTemplate
            ? 'with the model’s chat template'
            : 'without a chat template: Ollama’s template language can’t express this model’s'}
          {stops.length > 0 && `; stops at ${stops.join(' ')}`}
        </dd>
      </dl>
      <p className={styles.hint}>
        In that folder: <span className="code">ollama create my-model -f Modelfile</span>
      </p>
      <div className={styles.dialogActions}>
        <Button variant="filled" onClick={onClose}>
          Done
        </Button>
      </div>
    </div>
  )
}
