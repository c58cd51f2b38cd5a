import { Button, Tooltip } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Installation, RuntimePack, Runtimes } from '../../../main/shared/contract/doctor-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { bytes, moment } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import table from '../../components/table.module.css'
import styles from './system.module.css'
import { runtimeActions } from './system-actions.ts'
import { useInstall } from './use-install.ts'

/** The installed native runtime packs, and how to install one. */
export function RuntimePacks() {
  const { runtimes, begin, cancel, install, isRunning } = useInstall()
  const actions = useScreenActions(runtimeActions, {
    cpu: { enabled: !isRunning, perform: () => install('cpu') },
    cuda: { enabled: !isRunning, perform: () => install('cuda') },
    cancel: runtimes.data?.installation?.status === 'running' ? { perform: cancel } : null,
  })
  return (
    <Panel title="Runtime packs" flush>
      <QueryView query={runtimes}>
        {(found) => (
          <>
            <Packs packs={found.packs} />
            <Failures failures={found.failures} />
            {found.installation && <Progress installation={found.installation} />}
            {begin.isError && <ErrorCard error={begin.error} />}
            <div className={styles.foot}>
              {[actions.cpu, actions.cuda, ...(actions.cancel.enabled ? [actions.cancel] : [])].map((action) => (
                <Tooltip key={action.name} label={action.hint}>
                  <Button {...actionProps(action)} />
                </Tooltip>
              ))}
              <span className="dim">{found.cudaServes}</span>
            </div>
          </>
        )}
      </QueryView>
    </Panel>
  )
}

function Packs({ packs }: { readonly packs: readonly RuntimePack[] }) {
  if (packs.length === 0) {
    return <p className={styles.hint}>No runtime pack is installed. Laurel works without one, but ten to a hundred times slower.</p>
  }
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th>Pack</th>
          <th>State</th>
          <th>TensorFlow</th>
          <th>Laurel’s kernels</th>
          <th>Installed</th>
          <th className={table.number}>Size</th>
          <th className={table.grow}>Folder</th>
        </tr>
      </thead>
      <tbody>
        {packs.map((pack) => (
          <tr key={pack.name}>
            <td>{pack.name}</td>
            <td style={pack.damage === null ? undefined : { color: 'var(--error)' }}>
              {pack.damage === null ? (pack.isUsed ? 'in use' : 'ready') : `damaged: ${pack.damage}`}
            </td>
            <td>{pack.tensorflow === null ? '–' : `${pack.tensorflow} (${pack.source})`}</td>
            <td>{pack.hasKernels ? 'compiled' : 'none'}</td>
            <td>{moment(pack.created)}</td>
            <td className={table.number}>{bytes(pack.bytes)}</td>
            <td className={`${table.grow} code`} title={pack.folder}>
              {pack.folder}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Failures({ failures }: Pick<Runtimes, 'failures'>) {
  return failures.map(({ kind, at, reason }) => (
    <div key={kind} className={styles.problem}>
      <div className={styles.problemText}>
        <p style={{ color: 'var(--error)' }}>
          Couldn’t install {kind}, {moment(at)}
        </p>
        <p className="dim">{reason}</p>
      </div>
    </div>
  ))
}

/** The live steps of an installation, which continues when the user leaves the page. Checks the machine again once it is done. */
function Progress({ installation }: { readonly installation: Installation }) {
  const queries = useQueryClient()
  const { kind, status, steps, error } = installation
  useEffect(() => {
    if (status === 'done') void queries.invalidateQueries({ queryKey: orpc.system.examine.key() })
  }, [status, queries])
  return (
    <>
      <ol className={styles.steps} aria-live="polite" aria-label={`Installing ${kind}`}>
        {steps.map(({ at, text }) => (
          <li key={`${at} ${text}`}>
            <span className="dim">{at.slice(11, 19)}</span> {text}
          </li>
        ))}
        {status === 'running' && <li className="dim">… continues when you leave this page; closing Laurel cancels it and cleans up</li>}
        {status === 'canceled' && <li>canceled</li>}
      </ol>
      {error !== null && (
        <div className={styles.problem} role="alert">
          <div className={styles.problemText} style={{ whiteSpace: 'pre-wrap' }}>
            {error}
          </div>
        </div>
      )}
    </>
  )
}
