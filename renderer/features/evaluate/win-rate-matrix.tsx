import type { ShownEvaluation } from '../../../main/shared/contract/evaluations-contract.ts'
import { percent } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import styles from './evaluate.module.css'
import { winRateMatrix } from './matrix.ts'

/** Models of different runs have seldom met, so a larger table is mostly empty. */
const mostModels = 12

/** Win rates of every model against every other that it was compared with. */
export function WinRateMatrix({ evaluations }: { readonly evaluations: readonly ShownEvaluation[] }) {
  const { models, cellOf } = winRateMatrix(evaluations)
  if (models.length < 3) return null // two models are a row of the table below
  if (models.length > mostModels) {
    return <p className={styles.quiet}>Filter the results, for example by a run’s name, to see every model against every other.</p>
  }
  return (
    <Panel title="Win rates, row against column" flush>
      <ScrollArea className={styles.scroller} label="Win rates">
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Model</th>
              {models.map((model) => (
                <th key={model} scope="col">
                  {model}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {models.map((row) => (
              <tr key={row}>
                <th scope="row">{row}</th>
                {models.map((column) => {
                  const cell = cellOf(row, column)
                  return (
                    <td key={column} title={cell?.about}>
                      {cell === undefined ? (row === column ? '' : '–') : percent(cell.rate)}
                      {cell !== undefined && <div className={styles.quiet}>{cell.by}</div>}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </Panel>
  )
}
