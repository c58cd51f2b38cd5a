import { Tooltip } from '@mantine/core'
import { Fragment } from 'react'
import type { ModelStanding, ReasonCounts } from '../../../main/shared/contract/evaluations-contract.ts'
import { reasonWords } from '../../components/decision-words.ts'
import { count, percent } from '../../components/format.ts'
import { ModelLabel } from '../../components/model-badge.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import { Whisker } from '../../components/whisker.tsx'
import styles from './evaluate.module.css'
import { separationText, strengthText } from './standing-words.ts'

const strengthHelp =
  'Bradley-Terry strength on the Elo scale, with mean 0: a lead of 100 points wins 64% of the time. Unlike the win rate, it accounts for the opponents. 95% bootstrap interval; “no limit” where the comparisons don’t bound it.'

interface StandingsProps {
  readonly models: readonly ModelStanding[]
  readonly reasons: ReasonCounts
  readonly label: string
}

/** The models' standings after all comparisons of one voter. */
export function Standings({ models, reasons, label }: StandingsProps) {
  if (models.length === 0) return <p className={styles.nothing}>No votes yet. Win rates and strengths appear here after the first vote.</p>
  return (
    <>
      <ScrollArea className={styles.scroller} label={label}>
        <table className={styles.table} aria-label={label}>
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
              {['Won', 'Tied', 'Lost', 'Both bad'].map((name) => (
                <th key={name} scope="col" data-form="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {models.map((standing, i) => (
              <Fragment key={standing.model}>
                {i > 0 && <Separation above={models[i - 1]} below={standing} />}
                <Row standing={standing} />
              </Fragment>
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {reasons.length > 0 && (
        <p className={styles.reasons}>Why: {reasons.map(({ reason, n }) => `${reasonWords[reason]} ${count(n)}`).join(', ')}</p>
      )}
    </>
  )
}

/** Why the strengths above and below don't compare, if they don't. */
function Separation({ above, below }: { readonly above: ModelStanding; readonly below: ModelStanding }) {
  const text = separationText(above, below)
  if (text === null) return null
  return (
    <tr>
      <td colSpan={8} className={styles.separation}>
        {text}
      </td>
    </tr>
  )
}

function Row({ standing }: { readonly standing: ModelStanding }) {
  const { label, winRate, interval, strength, wins, ties, losses, bothBad } = standing
  const shown = strengthText(strength)
  return (
    <tr>
      <th scope="row">
        <ModelLabel label={label} />
      </th>
      <td className={styles.rate}>{percent(winRate)}</td>
      <td>
        <Whisker value={winRate} low={interval.low} high={interval.high} />
      </td>
      <td data-form="number">
        {shown.points} <span className={styles.quiet}>{shown.interval}</span>
      </td>
      <td data-form="number">{count(wins)}</td>
      <td data-form="number">{count(ties)}</td>
      <td data-form="number">{count(losses)}</td>
      <td data-form="number">{count(bothBad)}</td>
    </tr>
  )
}
