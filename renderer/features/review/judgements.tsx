import { Tooltip } from '@mantine/core'
import type { ReviewCandidate } from '../../../main/api/contract/review.ts'
import { fixed } from '../../components/format.ts'
import styles from './judgements.module.css'

/** A response's scores: each judgement, their mean, and a person's own in its place. The judge's words unfold. */
export function Judgements({ candidate, onUnfold }: { readonly candidate: ReviewCandidate; readonly onUnfold?: () => void }) {
  const { judgements, judgeReward, reward } = candidate
  const judge = judgements[0]?.judge ?? 'judge'
  return (
    <details className={styles.judgements} onToggle={(event) => event.currentTarget.open && onUnfold?.()}>
      <summary className={styles.summary}>
        {reward !== null && (
          <span className={styles.person}>
            you <b>{fixed(reward, 1)}</b>
          </span>
        )}
        <span className={styles.scores} data-outranked={reward !== null}>
          {judge}{' '}
          {judgements.map(({ sample, score }) => (
            <Score key={sample} score={score} />
          ))}
          {judgements.length > 1 && <span>mean {fixed(judgeReward, 2)}</span>}
        </span>
        <span className={styles.more}>why</span>
      </summary>
      <ol className={styles.texts}>
        {judgements.map(({ sample, score, text }) => (
          <li key={sample} className={styles.judgement}>
            <Score score={score} />
            <p className={styles.text}>{text.trim() === '' ? <span className="dim">(nothing was written)</span> : text}</p>
          </li>
        ))}
      </ol>
    </details>
  )
}

/** One judgement's score; hatched where it could not be read. */
function Score({ score }: { readonly score: number | null }) {
  if (score !== null) return <span className={styles.score}>{Number.isInteger(score) ? score : fixed(score, 2)}</span>
  return (
    <Tooltip label="No score could be read from this judgement. It counts for nothing.">
      <span className={styles.score} data-failed>
        <span className="visually-hidden">could not be read</span>
      </span>
    </Tooltip>
  )
}
