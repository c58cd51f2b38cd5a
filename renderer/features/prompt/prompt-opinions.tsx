import { Link } from 'wouter'
import type { PromptPage } from '../../../main/shared/contract/prompts-contract.ts'
import { decisionWords, reasonsText } from '../../components/decision-words.ts'
import { dot, moment } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import styles from './prompt.module.css'

/** A judge's comparisons of two models, both orders in one row. */
export function VerdictTable({ verdicts }: Pick<PromptPage, 'verdicts'>) {
  const rows = [...Map.groupBy(verdicts, ({ run, model, against, judge }) => JSON.stringify([run?.id, model, against, judge]))]
  return (
    <Panel title="Comparisons by a judge" flush>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Models</th>
            <th scope="col">Judge</th>
            <th scope="col">Prefers</th>
            <th scope="col">In the other order</th>
            <th scope="col">Run</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([key, [first, ...others]]) => {
            const both = [first, ...others]
            return (
              <tr key={key}>
                <th scope="row">
                  {first.model} v {first.against}
                </th>
                <td>{first.judge}</td>
                {[false, true].map((swapped) => {
                  const verdict = both.find((one) => one.swapped === swapped)
                  return (
                    <td key={String(swapped)} title={verdict?.text}>
                      {verdict === undefined ? '–' : preferred(verdict)}
                    </td>
                  )
                })}
                <td>{first.run === null ? 'by hand' : <Link href={`/runs/${first.run.id}`}>{first.run.name}</Link>}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </Panel>
  )
}

function preferred({ verdict, swapped, model, against }: PromptPage['verdicts'][number]): string {
  if (verdict === null) return 'unreadable'
  if (verdict === 'tie') return 'tie'
  return (verdict === 'A') === swapped ? against : model
}

export const DecisionList = ({ decisions }: Pick<PromptPage, 'decisions'>) => (
  <Panel title="Decisions in Review">
    <ul className={styles.origins}>
      {decisions.map(({ run, promptId, iteration, decision, reviewer, blind, at, ...why }) => (
        <li key={`${promptId} ${at}`}>
          {decisionWords[decision]} by {reviewer === '' ? 'an unnamed user' : reviewer}
          {blind ? ', blind' : ''}
          {reasonsText(why) === '' ? '' : ` ${reasonsText(why)}`}, {moment(at)}
          {run !== null && (
            <>
              {dot}
              <Link href={`/review/${run.id}?iteration=${iteration}`}>{run.name}</Link>
            </>
          )}
        </li>
      ))}
    </ul>
  </Panel>
)

export const VoteList = ({ votes }: Pick<PromptPage, 'votes'>) => (
  <Panel title="Votes in the arena">
    <ul className={styles.origins}>
      {votes.map(({ roundId, a, b, vote, at, ...why }) => (
        <li key={roundId}>
          {vote === 'A' ? `${a} preferred to ${b}` : vote === 'B' ? `${b} preferred to ${a}` : `${a} and ${b}: ${voteWords[vote]}`}
          {reasonsText(why) === '' ? '' : ` ${reasonsText(why)}`}, {moment(at)}
        </li>
      ))}
    </ul>
  </Panel>
)

const voteWords = { tie: 'a tie', 'both-bad': 'both bad', skip: 'skipped' } as const
