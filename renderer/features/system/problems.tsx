import { Button } from '@mantine/core'
import { useLocation } from 'wouter'
import type { Problem } from '../../../main/shared/contract/doctor-contract.ts'
import { Panel } from '../../components/page.tsx'
import styles from './system.module.css'
import { useInstall } from './use-install.ts'

/** Problems with their remedies, and buttons for those that Laurel can fix. */
export function Problems({ problems }: { readonly problems: readonly Problem[] }) {
  if (problems.length === 0) return null
  return (
    <Panel title={problems.length === 1 ? 'One problem' : `${problems.length} problems`} flush>
      {problems.map((problem) => (
        <div key={problem.problem} className={styles.problem}>
          <div className={styles.problemText}>
            <p>{problem.problem}</p>
            <p className="dim">{problem.remedy}</p>
          </div>
          <Action action={problem.action} />
        </div>
      ))}
    </Panel>
  )
}

function Action({ action }: Pick<Problem, 'action'>) {
  const [, navigate] = useLocation()
  const { install, isRunning } = useInstall()
  if (action === null) return null
  if (action.do === 'clean-up') return <Button onClick={() => navigate('/system/storage')}>Free space</Button>
  return (
    <Button disabled={isRunning} onClick={() => install(action.kind)}>
      Install {action.kind}
    </Button>
  )
}
