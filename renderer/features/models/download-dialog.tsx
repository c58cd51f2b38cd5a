import { Button, Checkbox, Modal, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { HubOffer } from '../../../main/shared/contract/models-contract.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { bytes, count } from '../../components/format.ts'
import styles from './library.module.css'
import type { Downloads } from './use-downloads.ts'

interface DownloadDialogProps {
  /** The name to begin with. */
  readonly name: string
  readonly begin: Downloads['begin']
  readonly onClose: () => void
}

/** Asks for a model's name, shows its size and license, and downloads it once the license is accepted. */
export function DownloadDialog({ name, begin, onClose }: DownloadDialogProps) {
  const [written, setWritten] = useState(name)
  const [asked, setAsked] = useState(name)
  const [file, setFile] = useState<string | null>(null)
  const [isAccepted, setAccepted] = useState(false)
  const offer = useQuery(
    orpc.models.hubLook.queryOptions({ input: { name: asked, file }, enabled: asked !== '', retry: false, staleTime: 60_000 }),
  )
  const look = (): void => {
    setFile(null)
    setAccepted(false)
    setAsked(written.trim())
  }
  const isCurrent = asked !== '' && asked === written.trim()
  const ready = isCurrent && offer.data !== undefined && offer.data.files.length > 0
  return (
    <Modal opened onClose={onClose} title="Download a model from Hugging Face" size="lg">
      <form
        className={styles.stack}
        onSubmit={(event) => {
          event.preventDefault()
          if (!ready) return look()
          begin.mutate({ name: `${offer.data.repository}@${offer.data.commit}`, file }, { onSuccess: onClose })
        }}
      >
        <TextInput
          label="Model"
          description="OWNER/NAME, or the address of its page. Only its listing is fetched until you press Download."
          placeholder="HuggingFaceTB/SmolLM2-135M-Instruct"
          data-autofocus
          value={written}
          onChange={(event) => setWritten(event.currentTarget.value)}
        />
        {isCurrent && offer.isError && <ErrorCard error={offer.error} />}
        {isCurrent && offer.data !== undefined && (
          <Offer offer={offer.data} file={file} onFile={setFile} isAccepted={isAccepted} onAccept={setAccepted} />
        )}
        {begin.isError && <ErrorCard error={begin.error} />}
        <div className={styles.dialogActions}>
          <Button onClick={onClose}>Cancel</Button>
          {ready ? (
            <Button type="submit" variant="filled" disabled={!isAccepted} loading={begin.isPending}>
              Download
            </Button>
          ) : (
            <Button type="submit" variant="filled" disabled={written.trim() === ''} loading={offer.isFetching}>
              Look up
            </Button>
          )}
        </div>
      </form>
    </Modal>
  )
}

interface OfferProps {
  readonly offer: HubOffer
  readonly file: string | null
  readonly onFile: (file: string | null) => void
  readonly isAccepted: boolean
  readonly onAccept: (isAccepted: boolean) => void
}

function Offer({ offer: { license, page, files, choices, commit }, file, onFile, isAccepted, onAccept }: OfferProps) {
  const total = files.reduce((sum, one) => sum + one.bytes, 0)
  const isGguf = files.length === 0 || file !== null
  return (
    <>
      {isGguf && choices.length > 1 && (
        <Select
          label="GGUF file"
          description="Smaller ones are more strongly quantized."
          data={choices.map(({ path, bytes: size }) => ({ value: path, label: `${path} (${bytes(size)})` }))}
          value={file}
          onChange={onFile}
        />
      )}
      {files.length > 0 && (
        <>
          <p className={styles.hint}>
            {files.length === 1 ? files[0].path : `${count(files.length)} files`}, {bytes(total)}, at commit {commit.slice(0, 8)}.
          </p>
          <Checkbox
            checked={isAccepted}
            onChange={(event) => onAccept(event.currentTarget.checked)}
            label={
              <>
                {license === null ? 'I may use this model (its card names no license)' : `I accept its license: ${license}`} (
                <a href={page} target="_blank" rel="noreferrer">
                  its page
                </a>
                )
              </>
            }
          />
        </>
      )}
    </>
  )
}
