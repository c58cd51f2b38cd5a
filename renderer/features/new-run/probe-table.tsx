import type { ShownJudge, ShownProbe } from '../../../main/shared/contract/probe-contract.ts'
import type { ProbedMethod, ProbeFigures } from '../../../main/shared/probed-judge.ts'
import { aboutDuration, count, duration, fixed, percent } from '../../components/format.ts'
import { probedWords } from '../../components/judge-words.ts'
import { Term } from '../../components/term.tsx'
import { Whisker } from '../../components/whisker.tsx'
import styles from './probe.module.css'

interface ProbeTableProps {
  readonly measured: NonNullable<ShownProbe['measured']>
  /** Estimated seconds until a judge is measured; 0: not known. */
  readonly timeLeft: (method: ProbedMethod) => number
  /** The recipe's method. */
  readonly used: string
  readonly onUse: (method: ProbedMethod) => void
}

/** Every judge with its figures, controls last. */
export function ProbeTable({ measured: { judges, changed }, timeLeft, used, onUse }: ProbeTableProps) {
  const pairs = judges.find(({ judge }) => judge !== null)?.judge
  return (
    <div className={styles.scroller}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Judge</th>
            <th scope="col">
              <Term means="Pairs whose longer answer has at most 1.25 times the characters of the shorter one. Judges are compared by these: what a judge knows here, it doesn’t know from the length. The dashed line is chance, and a tie is half right.">
                Right, similar length
              </Term>
            </th>
            <th scope="col">
              <Term means="Share of all pairs of ranked answers in which the judge gives the better answer the higher reward. A tie is half right. The line is the 95% interval.">
                Right, all pairs
              </Term>
            </th>
            <th scope="col" data-form="number">
              <Term means="Share of all pairs with equal rewards, or with a judgement that has no readable score. They count as half right.">
                Undecided
              </Term>
            </th>
            <th scope="col" data-form="number">
              <Term means="Share of comparisons in which the judge prefers another answer if the two are swapped. Only for methods that compare.">
                Flips
              </Term>
            </th>
            <th scope="col" data-form="number">
              <Term means="Time to judge an answer. The tip of a value shows its tokens.">Per answer</Term>
            </th>
            <th scope="col">
              <span className="visually-hidden">Use</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {judges.map((row) => (
            <Row
              key={row.method}
              {...{ row, onUse }}
              seconds={timeLeft(row.method)}
              isChanged={changed.includes(row.method)}
              isUsed={row.method === used}
            />
          ))}
        </tbody>
      </table>
      {pairs != null && (
        <p className={styles.note}>
          {count(pairs.all.pairs)} pairs, {count(pairs.matched.pairs)} of them of similar length. The best of several judges looks a little
          better than it is, and few pairs say little.
        </p>
      )}
    </div>
  )
}

interface RowProps {
  readonly row: ShownJudge
  readonly seconds: number
  readonly isChanged: boolean
  readonly isUsed: boolean
  readonly onUse: (method: ProbedMethod) => void
}

function Row({ row: { method, judge, problem, done }, seconds, isChanged, isUsed, onUse }: RowProps) {
  const { name, means } = probedWords(method)
  return (
    <tr data-used={isUsed}>
      <th scope="row">
        <Term means={means}>{name}</Term>
        {isChanged && <span className={styles.changed}>measured with other settings</span>}
      </th>
      {judge === null ? (
        <td colSpan={5} className={styles.missing} data-problem={problem !== null}>
          {problem ??
            `${done > 0 ? `${count(done)} judgements so far` : 'not measured yet'}${seconds > 0 ? `, ${aboutDuration(seconds)}` : ''}`}
        </td>
      ) : (
        <>
          <Share figures={judge.matched} />
          <Share figures={judge.all} />
          <td data-form="number">{percent((judge.all.ties ?? 0) + (judge.all.unreadable ?? 0))}</td>
          <td data-form="number">{percent(judge.flipRate)}</td>
          <td data-form="number" title={judge.tokensPerAnswer === null ? undefined : `${fixed(judge.tokensPerAnswer, 0)} tokens`}>
            {judge.isControl ? '–' : duration(judge.secondsPerAnswer)}
          </td>
        </>
      )}
      <td className={styles.use}>
        {isUsed && <span className={styles.used}>in use</span>}
        {!isUsed && judge?.isControl && <span className={styles.used}>control</span>}
        {!isUsed && judge !== null && !judge.isControl && (
          <button type="button" className={styles.choose} onClick={() => onUse(method)} aria-label={`Use ${name}`}>
            Use
          </button>
        )}
      </td>
    </tr>
  )
}

function Share({ figures: { accuracy, interval } }: { readonly figures: ProbeFigures }) {
  if (accuracy === null) return <td className={styles.missing}>no such pairs</td>
  return (
    <td>
      <span className={styles.share}>
        <span className={styles.rate}>{percent(accuracy)}</span>
        <Whisker value={accuracy} {...interval} width={80} quiet />
      </span>
    </td>
  )
}
