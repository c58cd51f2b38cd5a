import { Button, CopyButton } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ExportChoice, ExportSummary } from '../../../main/shared/contract/export-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { client, orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { Facts } from '../../components/facts.tsx'
import { FilePicker } from '../../components/file-picker.tsx'
import { bytes, count } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import styles from './data.module.css'
import { exportActions } from './data-actions.ts'

interface ExportResultProps {
  readonly choice: ExportChoice
  readonly summary: ExportSummary
}

/** The file's contents and destination: the machine that Laurel runs on, or this one as a download. */
export function ExportResult({ choice, summary }: ExportResultProps) {
  const { rows, columns, beginning, companion, notes } = summary
  return (
    <>
      {rows > 0 && <Destination choice={choice} summary={summary} />}
      <Panel title={`Preview: ${count(rows)} ${rows === 1 ? 'row' : 'rows'}`}>
        <div className={styles.form}>
          {notes.map((note) => (
            <p key={note} style={{ margin: 0 }}>
              {note}
            </p>
          ))}
          <Facts facts={columns.map(({ name, meaning }) => ({ name, value: meaning || '–' }))} />
        </div>
      </Panel>
      {rows > 0 && (
        <Panel title="First rows" flush>
          <ScrollArea className={styles.beginning} label="First rows of the file">
            {beginning}
          </ScrollArea>
        </Panel>
      )}
      {companion && (
        <Panel
          title={`Entry for ${companion.fileName}`}
          corner={
            <CopyButton value={companion.text}>
              {({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>}
            </CopyButton>
          }
          flush
        >
          <pre className={styles.beginning}>{companion.text}</pre>
        </Panel>
      )}
    </>
  )
}

function Destination({ choice, summary }: ExportResultProps) {
  const about = useQuery(orpc.system.about.queryOptions())
  const [path, setPath] = useState('')
  const write = useMutation(orpc.data.exportTo.mutationOptions())
  const download = useMutation({ mutationFn: () => saveInBrowser(choice, summary.fileName) })
  const canDownload = about.data?.surface === 'browser' && choice.form !== 'parquet'
  const actions = useScreenActions(exportActions, {
    export: { enabled: path.trim() !== '' && !write.isPending, perform: () => write.mutate({ ...choice, path }) },
    download: canDownload ? { enabled: !download.isPending, perform: () => download.mutate() } : null,
  })
  return (
    <Panel title="Destination">
      <div className={styles.form}>
        <div className={styles.inline}>
          <div style={{ flex: 1, maxWidth: 720 }}>
            <FilePicker
              label="File on the machine that Laurel runs on"
              kind="save"
              suggestedName={summary.fileName}
              value={path}
              onChange={(typed) => {
                write.reset()
                setPath(typed)
              }}
            />
          </div>
          <Button {...actionProps(actions.export)} variant="filled" loading={write.isPending} />
          {canDownload && <Button {...actionProps(actions.download)} loading={download.isPending} />}
        </div>
        {write.isSuccess && (
          <div className={styles.done} role="status">
            Wrote {count(write.data.rows)} rows to <span className="code">{write.data.path}</span>, {bytes(write.data.bytes)}
            {write.data.card !== null && (
              <>
                , and its data card to <span className="code">{write.data.card}</span>
              </>
            )}
            .
          </div>
        )}
        {write.isError && <ErrorCard error={write.error} />}
        {download.isError && <ErrorCard error={download.error} />}
      </div>
    </Panel>
  )
}

/** Collects the file's text and saves it as a browser download. */
async function saveInBrowser(choice: ExportChoice, fileName: string): Promise<void> {
  const pieces: string[] = []
  for await (const piece of await client.data.exportText(choice)) pieces.push(piece)
  const address = URL.createObjectURL(new Blob(pieces))
  const link = document.createElement('a')
  link.href = address
  link.download = fileName
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000) // the browser has read it by then
}
