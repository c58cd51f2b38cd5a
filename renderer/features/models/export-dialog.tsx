import { Button, Modal, Progress, Select } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { ExportCheck, ExportEvent, LibraryModel } from '../../../main/shared/contract/models-contract.ts'
import { type ExportForm, type ExportPrecision, precisionsOf } from '../../../main/shared/export-forms.ts'
import { client } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { FilePicker } from '../../components/file-picker.tsx'
import { bytes } from '../../components/format.ts'
import { modelLabel } from '../../components/model-select.tsx'
import { folderName } from './folder-name.ts'
import styles from './library.module.css'

/** Exports a model to a new folder in a form that other programs read, and verifies the copy. */
export function ExportDialog({ model, onClose }: { readonly model: LibraryModel; readonly onClose: () => void }) {
  const [folder, setFolder] = useState('')
  const [form, setForm] = useState<ExportForm>('hugging-face')
  const offered = precisionsOf[form].filter((precision) => precision !== 'as-is' || model.format === 'hugging-face')
  const [wished, setWished] = useState<ExportPrecision>('as-is')
  const precision = offered.includes(wished) ? wished : offered[0]
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
            void start({ folder, form, precision })
          }}
        >
          <Select
            label="Form"
            data={forms}
            value={form}
            onChange={(chosen) => setForm((chosen ?? form) as ExportForm)}
            allowDeselect={false}
            disabled={isRunning}
          />
          <p className={styles.hint}>{descriptions[form]} Afterwards, Laurel opens the copy and compares it with the original.</p>
          {offered.length > 1 && (
            <Select
              label="Weights"
              description={sizeText(model, precision)}
              data={offered.map((value) => ({ value, label: precisionNames[value] }))}
              value={precision}
              onChange={(chosen) => setWished((chosen ?? precision) as ExportPrecision)}
              allowDeselect={false}
              disabled={isRunning}
            />
          )}
          <FilePicker
            label="New folder"
            description="Must not exist yet. Created only if the export succeeds."
            kind="new-folder"
            value={folder}
            onChange={setFolder}
            suggestedName={folderName(model) + (form === 'hugging-face' ? '' : `-${form}`)}
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

interface Wanted {
  readonly folder: string
  readonly form: ExportForm
  readonly precision: ExportPrecision
}

const forms: { value: ExportForm; label: string }[] = [
  { value: 'hugging-face', label: 'Hugging Face folder' },
  { value: 'gguf', label: 'GGUF file' },
  { value: 'adapter', label: 'LoRA adapter (PEFT)' },
]

const descriptions: Readonly<Record<ExportForm, string>> = {
  'hugging-face':
    'A folder with weights, configuration, and tokenizer for transformers and vLLM, an Ollama Modelfile with the same chat template and stop tokens, and a README with lineage and figures.',
  gguf: 'A folder with a file for llama.cpp, LM Studio, and Ollama, a Modelfile with the same chat template and stop tokens, and a README with lineage and figures.',
  adapter:
    'The adapters of the model’s training with LoRA, for PEFT, without the base model’s weights. If a run trained several models in turn, their adapters are put together.',
}

const precisionNames: Readonly<Record<ExportPrecision, string>> = {
  'as-is': 'As they are',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  Q8_0: 'Q8_0: 8 bits',
}

const bytesPerWeight: Readonly<Record<Exclude<ExportPrecision, 'as-is'>, number>> = { F32: 4, F16: 2, BF16: 2, Q8_0: 34 / 32 }

function sizeText({ bytes: now, parameters }: LibraryModel, precision: ExportPrecision): string | undefined {
  if (precision === 'as-is') return `About ${bytes(now)}.`
  return parameters === null ? undefined : `About ${bytes(parameters * bytesPerWeight[precision])}.`
}

/** A running export. Unmounting the dialog aborts it. */
function useExport(id: string) {
  const [event, setEvent] = useState<ExportEvent | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [isRunning, setRunning] = useState(false)
  const abort = useRef<AbortController>(null)
  useEffect(() => () => abort.current?.abort(), [])
  async function start(wanted: Wanted): Promise<void> {
    abort.current = new AbortController()
    setRunning(true)
    setError(null)
    try {
      for await (const next of await client.models.export({ id, ...wanted }, { signal: abort.current.signal })) setEvent(next)
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
  if (event?.kind !== 'copying') return <p role="status">Reading the model …</p>
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
  return (
    <div className={styles.stack}>
      <p role="status">{checkText(check)}</p>
      <dl className={styles.facts}>
        <dt>Folder</dt>
        <dd className="code">{folder}</dd>
        <dt>Files</dt>
        <dd>{files.join(', ')}</dd>
        {hasTemplate !== null && (
          <>
            <dt>Modelfile</dt>
            <dd>
              {hasTemplate
                ? 'with the model’s chat template'
                : 'without a chat template: the model has none, or one that Ollama’s template language can’t express'}
              {stops.length > 0 && `; stops at ${stops.join(' ')}`}
            </dd>
          </>
        )}
      </dl>
      {hasTemplate !== null && (
        <p className={styles.hint}>
          In that folder: <span className="code">ollama create my-model -f Modelfile</span>
        </p>
      )}
      <div className={styles.dialogActions}>
        <Button variant="filled" onClick={onClose}>
          Done
        </Button>
      </div>
    </div>
  )
}

function checkText(check: ExportCheck | null): string {
  if (check === null) return 'Exported.'
  const { tokens, largestDifference, meanDifference, tolerance } = check
  if (largestDifference === 0) return `Exported and verified: the log-probabilities of ${tokens} tokens are bit-identical.`
  return `Exported and verified: the log-probabilities of ${tokens} tokens differ by ${meanDifference.toPrecision(2)} on average and ${largestDifference.toPrecision(2)} at most. Rounding explains an average of up to ${tolerance}.`
}
