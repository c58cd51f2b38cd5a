import { useQuery } from '@tanstack/react-query'
import type { RunningEngine } from '../../../main/shared/contract/doctor-contract.ts'
import { threadsText } from '../../../main/shared/device-text.ts'
import { orpc } from '../../api/client.ts'
import { bytes, count, moment } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import table from '../../components/table.module.css'
import styles from './system.module.css'

const pollMs = 2000

/** Figures older than a few polls mean that the engine is busy. */
const oldMs = 5 * pollMs
const isOld = (usageAt: string | null): usageAt is string => usageAt !== null && Date.now() - Date.parse(usageAt) > oldMs

const purposes: Readonly<Record<RunningEngine['purpose'], string>> = {
  run: 'the active run',
  bench: 'chat, evaluations, and data previews',
  examination: 'this hardware check',
}

/** Running engines and their resource usage. */
export function Engines() {
  const engines = useQuery(orpc.system.engines.queryOptions({ staleTime: 0, refetchInterval: pollMs }))
  return (
    <Panel title="Running engines" flush>
      <QueryView query={engines}>
        {(all) =>
          all.length === 0 ? (
            <p className={styles.hint}>No engine running. One starts on demand and stops when idle.</p>
          ) : (
            <table className={table.table}>
              <thead>
                <tr>
                  <th className={table.grow}>Used by</th>
                  <th>Started</th>
                  <th>Backend</th>
                  <th className={table.number}>Peak memory</th>
                  <th className={table.number}>Tokens read</th>
                  <th className={table.number}>Tokens generated</th>
                </tr>
              </thead>
              <tbody>
                {all.map(({ purpose, since, info, usage, usageAt }) => (
                  <tr key={`${purpose} ${since}`}>
                    <td className={table.grow}>
                      {purposes[purpose]}
                      {isOld(usageAt) && <span className={styles.hint}> (busy; figures from {moment(usageAt)})</span>}
                    </td>
                    <td>{moment(since)}</td>
                    <td>{info === null ? 'starting' : `${info.backend}, ${info.precision}, ${threadsText(info.threads)}`}</td>
                    <td className={table.number}>{bytes(usage?.peakRssBytes)}</td>
                    <td className={table.number}>{count(usage?.promptTokens)}</td>
                    <td className={table.number}>{count(usage?.newTokens)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </QueryView>
    </Panel>
  )
}
