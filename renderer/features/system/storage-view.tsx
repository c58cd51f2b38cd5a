import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { RunStorage, Storage } from '../../../main/shared/contract/storage-contract.ts'
import { orpc } from '../../api/client.ts'
import { Facts } from '../../components/facts.tsx'
import { bytes, count } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { StatusDot } from '../../components/status-dot.tsx'
import table from '../../components/table.module.css'
import { CleanUp } from './clean-up.tsx'
import { DatabaseCare } from './database-care.tsx'

/** Storage used in the data folder, and how to free some. */
export function StorageView() {
  const storage = useQuery(orpc.system.storage.queryOptions({ staleTime: 0 }))
  return (
    <>
      <QueryView query={storage}>
        {(found) => (
          <>
            <Panel title="Data folder">
              <Places storage={found} />
            </Panel>
            {found.runs.length > 0 && (
              <Panel title="By run" flush>
                <Runs runs={found.runs} />
              </Panel>
            )}
          </>
        )}
      </QueryView>
      <CleanUp />
      <DatabaseCare />
    </>
  )
}

const ofRuns = (runs: readonly RunStorage[], of: (run: RunStorage) => number): number => runs.reduce((sum, run) => sum + of(run), 0)
const modelsOf = ({ models }: RunStorage): number => models.reduce((sum, { bytes: size }) => sum + size, 0)

function Places({ storage }: { readonly storage: Storage }) {
  const { runs } = storage
  return (
    <Facts
      facts={[
        {
          name: 'Folder',
          value: <span className="code">{storage.home}</span>,
          meaning: 'Everything that Laurel creates or downloads. Set LAUREL_HOME to move it.',
        },
        { name: 'Free disk space', value: bytes(storage.freeBytes) },
        { name: 'Models of runs', value: bytes(ofRuns(runs, modelsOf)) },
        {
          name: 'Checkpoints',
          value: bytes(ofRuns(runs, (run) => run.checkpointBytes)),
          meaning: 'Interrupted training resumes from these.',
        },
        {
          name: 'Database',
          value: bytes(storage.databaseBytes),
          meaning: 'All history: prompts, candidates, judgements, pairs, reviews, and metrics.',
        },
        { name: 'Runtime packs', value: bytes(storage.runtimeBytes) },
        { name: 'Model library', value: bytes(storage.modelBytes) },
        { name: 'Data sets', value: bytes(storage.dataBytes) },
        { name: 'Backups', value: bytes(storage.backupBytes) },
        { name: 'Log', value: bytes(storage.logBytes) },
        { name: 'Leftovers', value: bytes(storage.leftoverBytes), meaning: 'Unfinished folders of processes that have ended.' },
      ]}
    />
  )
}

function Runs({ runs }: { readonly runs: readonly RunStorage[] }) {
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th className={table.grow}>Run</th>
          <th>Status</th>
          <th>Models</th>
          <th className={table.number}>Size of models</th>
          <th className={table.number}>Checkpoints</th>
          <th className={table.number}>Database rows</th>
          <th className={table.number}>Row size (approx.)</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.id}>
            <td className={table.grow}>
              <Link href={`/runs/${run.id}`} className={table.link}>
                {run.name}
              </Link>{' '}
              <span className="code dim">{run.id}</span>
            </td>
            <td>
              <StatusDot status={run.status} />
            </td>
            <td>{run.models.map(({ name }) => name).join(', ') || '–'}</td>
            <td className={table.number}>{bytes(modelsOf(run))}</td>
            <td className={table.number}>{bytes(run.checkpointBytes)}</td>
            <td className={table.number}>{count(run.rows)}</td>
            <td className={table.number}>{bytes(run.rowBytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
