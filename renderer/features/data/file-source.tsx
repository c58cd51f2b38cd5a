import { Button, Progress } from '@mantine/core'
import { type DragEvent, useEffect, useRef, useState } from 'react'
import { type DataSource, largestUpload } from '../../../main/shared/contract/datasets-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { FilePicker } from '../../components/file-picker.tsx'
import { bytes } from '../../components/format.ts'
import styles from './data.module.css'
import { sourceActions } from './data-actions.ts'
import { sendFile } from './send-file.ts'

const endings = ['.jsonl', '.json', '.ndjson', '.csv', '.tsv', '.txt', '.parquet', '.arrow', '.feather', '.gz', '.zst']

/** Chooses a file on the machine that Laurel runs on, or on the machine with the window. */
export function FileSource({ onSource }: { readonly onSource: (source: DataSource | undefined) => void }) {
  const [path, setPath] = useState('')
  return (
    <div className={styles.source}>
      <FilePicker
        label="On the machine that Laurel runs on"
        kind="file-or-folder"
        description="A file, or the folder of a data set from the Hugging Face Hub, of which the training split is read."
        endings={endings}
        value={path}
        onChange={(typed) => {
          setPath(typed)
          if (typed === '') onSource(undefined)
        }}
        onChecked={(isFine, checked) => onSource(isFine ? { path: checked } : undefined)}
      />
      <span className={styles.or}>or</span>
      <DropZone
        onSent={(upload) => {
          setPath('')
          onSource({ upload })
        }}
      />
    </div>
  )
}

interface Sending {
  readonly name: string
  readonly bytes: number
  readonly sent: number
}

function DropZone({ onSent }: { readonly onSent: (upload: string) => void }) {
  const [isOver, setOver] = useState(false)
  const [sending, setSending] = useState<Sending>()
  const [error, setError] = useState<unknown>()
  const abort = useRef<AbortController>(undefined)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => () => abort.current?.abort(), [])
  const actions = useScreenActions(sourceActions, { choose: { perform: () => input.current?.click() } })

  async function send(file: File | undefined): Promise<void> {
    if (file === undefined) return
    abort.current?.abort()
    const stop = new AbortController()
    abort.current = stop
    setError(undefined)
    const progress = (sent: number): void => setSending({ name: file.name, bytes: file.size, sent })
    progress(0)
    try {
      onSent(await sendFile(file, progress, stop.signal))
    } catch (thrown) {
      if (!stop.signal.aborted) setError(thrown)
      setSending(undefined)
    }
  }
  const drop = (event: DragEvent): void => {
    event.preventDefault()
    setOver(false)
    void send(event.dataTransfer.files[0])
  }

  return (
    <div className={styles.form}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a convenience; the button does the same */}
      <div
        className={styles.drop}
        data-over={isOver}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <span>Drop a file here (up to {bytes(largestUpload)}), or</span>
        <Button {...actionProps(actions.choose)} />
        <input
          ref={input}
          type="file"
          accept={endings.join(',')}
          hidden
          aria-label="File from this computer"
          onChange={(event) => void send(event.currentTarget.files?.[0])}
        />
        {sending && <SendingLine {...sending} onStop={() => abort.current?.abort()} />}
      </div>
      {error !== undefined && <ErrorCard error={error} />}
    </div>
  )
}

function SendingLine({ name, bytes: total, sent, onStop }: Sending & { readonly onStop: () => void }) {
  if (sent >= total) {
    return (
      <span>
        {name}, {bytes(total)}
      </span>
    )
  }
  return (
    <div className={styles.inline} style={{ width: '100%', alignItems: 'center' }}>
      <Progress value={(100 * sent) / total} flex={1} aria-label={`Uploading ${name}`} />
      <span>
        {bytes(sent)} of {bytes(total)}
      </span>
      <Button size="compact-xs" onClick={onStop}>
        Stop
      </Button>
    </div>
  )
}
