import { Tooltip } from '@mantine/core'
import type { ReviewCandidate } from '../../../main/shared/contract/review-contract.ts'
import type { JudgedPart, PartsByHand } from '../../../main/shared/judged-parts.ts'
import { dot, fixed } from '../../components/format.ts'
import styles from './judgements.module.css'
import { rewardText } from './reward-text.ts'

/** A response's scores: each judgement, the mean, and the user's own score if set. The judgements' texts are collapsed. */
export function Judgements({ candidate, onUnfold }: { readonly candidate: ReviewCandidate; readonly onUnfold?: () => void }) {
  const { judgements, judgeReward, reward } = candidate
  const judge = judgements[0]?.judge ?? 'judge'
  return (
    <details className={styles.judgements} onToggle={(event) => event.currentTarget.open && onUnfold?.()}>
      <summary className={styles.summary}>
        {reward !== null && (
          <span className={styles.user}>
            you <b>{rewardText(reward)}</b>
          </span>
        )}
        <span className={styles.scores} data-overridden={reward !== null}>
          {judge}{' '}
          {judgements.map(({ sample, score }) => (
            <Score key={sample} score={score} />
          ))}
          {judgements.length > 1 && <span>mean {fixed(judgeReward, 2)}</span>}
        </span>
        <span className={styles.more}>why</span>
      </summary>
      <ol className={styles.texts}>
        {judgements.map(({ sample, score, text, parts }) => (
          <li key={sample} className={styles.judgement}>
            <Score score={score} />
            {parts === null ? (
              <p className={styles.text}>{text.trim() === '' ? <span className="dim">(empty)</span> : text}</p>
            ) : (
              <Parts parts={parts} byHand={candidate.parts} />
            )}
          </li>
        ))}
      </ol>
    </details>
  )
}

/** The requirements of a judgement, each with its probability of being met, and the user's decision on it. */
const Parts = ({ parts, byHand }: { readonly parts: readonly JudgedPart[]; readonly byHand: PartsByHand | null }) => (
  <ul className={styles.parts}>
    {parts.map(({ text, weight, yes }, i) => {
      const met = byHand?.[i] ?? null
      return (
        // biome-ignore lint/suspicious/noArrayIndexKey: a judgement never changes
        <li key={i}>
          <span className={styles.score}>{fixed(yes, 2)}</span> {text}
          {weight !== 1 && <span className="dim">{`${dot}weight ${weight}`}</span>}
          {met !== null && <span className={styles.user}>{`${dot}you: ${met ? 'yes' : 'no'}`}</span>}
        </li>
      )
    })}
  </ul>
)

/** One judgement's score; hatched if unreadable. */
function Score({ score }: { readonly score: number | null }) {
  if (score !== null) return <span className={styles.score}>{Number.isInteger(score) ? score : fixed(score, 2)}</span>
  return (
    <Tooltip label="This judgement has no readable score and is ignored.">
      <span className={styles.score} data-failed>
        <span className="visually-hidden">unreadable</span>
      </span>
    </Tooltip>
  )
}
