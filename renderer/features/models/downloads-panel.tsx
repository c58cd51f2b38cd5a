import { Button, Progress } from '@mantine/core'
import type { HubDownload } from '../../../main/shared/contract/models-contract.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { bytes } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import styles from './library.module.css'
import type { Downloads } from './use-downloads.ts'

/** Models being downloaded, and those whose download has ended. */
export function DownloadsPanel({ downloads, begin, stop, dismiss }: Downloads) {
  if (downloads.length === 0) return null
  return (
    <Panel title="Downloads">
      <ul className={styles.downloads} aria-label="Downloads">
        {downloads.map((download) => {
          const { repository, commit, wanted, status, error, done, total } = download
          const share = total === 0 ? 100 : Math.floor((100 * done) / total)
          return (
            <li key={repository}>
              <div className={styles.download}>
                <span className={styles.downloadName}>{repository}</span>
                {status === 'running' && (
                  <Progress value={share} size={6} aria-label={`${repository}: ${share}%`} className={styles.downloadBar} />
                )}
                <span className="dim">{words(download)}</span>
                {status === 'running' && <Button onClick={() => stop.mutate({ repository })}>Stop</Button>}
                {(status === 'stopped' || status === 'failed') && (
                  <Button loading={begin.isPending} onClick={() => begin.mutate({ name: `${repository}@${commit}`, file: wanted })}>
                    Continue
                  </Button>
                )}
                {status !== 'running' && <Button onClick={() => dismiss.mutate({ repository })}>Dismiss</Button>}
              </div>
              {error !== null && <ErrorCard error={error} />}
            </li>
          )
        })}
      </ul>
      {begin.isError && <ErrorCard error={begin.error} />}
    </Panel>
  )
}

function words({ status, file, done, total, path }: HubDownload): string {
  const amount = `${bytes(done)} of ${bytes(total)}`
  if (status === 'running') return `${amount}, ${file}`
  if (status === 'stopped') return `stopped at ${amount}`
  if (status === 'failed') return `failed at ${amount}`
  return `complete: ${path}`
}
