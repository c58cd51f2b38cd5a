import { Tooltip } from '@mantine/core'
import type { ArenaStanding } from '../../../main/shared/contract/evaluations-contract.ts'
import { count, percent } from '../../components/format.ts'
import { ModelBadge } from '../../components/model-badge.tsx'
import { Whisker } from '../../components/whisker.tsx'
import styles from './evaluate.module.css'

const strengthHelp =
  'Bradley-Terry strength on the Elo scale, with mean 0: a lead of 100 points wins 64% of the time. Unlike the win rate, it accounts for the opponents. 95% bootstrap interval.'

/** The models' standings after all votes. */
export function Standings({ models }: { readonly models: readonly ArenaStanding[] }) {
  if (models.length === 0) return <p className={styles.nothing}>No votes yet. Win rates and strengths appear here after the first vote.</p>
  return (
    <div className={styles.scroller}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Win rate</th>
            <th scope="col">95% interval</th>
            <th scope="col" data-form="number">
              <Tooltip label={strengthHelp}>
                <span className={styles.explained}>Strength</span>
              </Tooltip>
            </th>
            <th scope="col" data-form="number">
              Won
            </th>
            <th scope="col" data-form="number">
              Tied
            </th>
            <th scope="col" data-form="number">
              Lost
            </th>
            <th scope="col" data-form="number">
              Both bad
            </th>
          </tr>
        </thead>
        <tbody>
          {models.map((standing) => (
            <Row key={standing.model} standing={standing} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Row({ standing }: { readonly standing: ArenaStanding }) {
  const { label, winRate, interval, strength, wins, ties, losses, bothBad } = standing
  const { low, high } = strength.interval
  const [name, run] = label.split(' of ')
  return (
    <tr>
      <th scope="row">
        <ModelBadge name={name} /> {run !== undefined && <span className={styles.quiet}>of {run}</span>}
      </th>
      <td className={styles.rate}>{percent(winRate)}</td>
      <td>
        <Whisker value={winRate} low={interval.low} high={interval.high} />
      </td>
      <td data-form="number">
        {signed(strength.points)} <span className={styles.quiet}>{`(${signed(low)} to ${signed(high)})`}</span>
      </td>
      <td data-form="number">{count(wins)}</td>
      <td data-form="number">{count(ties)}</td>
      <td data-form="number">{count(losses)}</td>
      <td data-form="number">{count(bothBad)}</td>
    </tr>
  )
}

const signed = (points: number): string => `${points > 0.5 ? '+' : points < -0.5 ? '−' : ''}${Math.abs(Math.round(points))}`
