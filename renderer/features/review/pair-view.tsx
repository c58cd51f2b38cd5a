import { useMemo } from 'react'
import type { ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import { percent } from '../../components/format.ts'
import { ModelText } from '../../components/markdown.tsx'
import { ModelBadge } from '../../components/model-badge.tsx'
import { PromptLink } from '../../components/prompt-link.tsx'
import styles from './pair.module.css'
import { Side } from './side.tsx'
import { type Sides, textOf, wasJudged } from './sides.ts'
import type { Desk } from './use-desk.ts'
import { wordDiff } from './word-diff.ts'

/** The pair's prompt. */
export function Prompt({ item, place, isHidden }: { readonly item: ReviewItem; readonly place: string; readonly isHidden: boolean }) {
  const doubt = item.pair?.doubt ?? null
  return (
    <section className={styles.prompt} aria-label="Prompt">
      <div className={styles.promptHead}>
        <h2>Prompt</h2>
        <span>{place}</span>
        {!isHidden && (
          <span>
            {wasJudged(item) ? 'written and judged by' : 'answered by'} <ModelBadge name={item.model} />
          </span>
        )}
        {!isHidden && doubt !== null && (
          <span title="Probability that the other response is the better one, estimated from the margin between the scores and how much the judgements disagree.">
            doubt {percent(doubt)}
          </span>
        )}
        {!isHidden && <PromptLink at={`prompt:${item.promptId}`} />}
        {item.trained && (
          <span
            title={`${item.trains} is trained, or its training has started. Decisions you make now are saved, and count for agreement and exports.`}
          >
            already trained: changes no longer affect {item.trains}
          </span>
        )}
      </div>
      <ModelText text={item.prompt} />
    </section>
  )
}

/** The two responses side by side, in positions that don't change while the pair is open. */
export function PairView({ desk, item, sides }: { readonly desk: Desk; readonly item: ReviewItem; readonly sides: Sides }) {
  const { isDiff, isHidden, hold } = desk
  const [left, right] = [textOf(item, sides, 'left').text, textOf(item, sides, 'right').text]
  const pieces = useMemo(() => (isDiff ? wordDiff(left, right) : undefined), [isDiff, left, right])
  const common = { item, sides, isHidden, onUnfold: hold }
  return (
    <>
      {isDiff && pieces === undefined && (
        <p className={styles.tooDifferent} role="status">
          The responses are too different to compare word by word.
        </p>
      )}
      <div className={styles.pair}>
        <Side {...common} side="left" pieces={pieces?.left} />
        <Side {...common} side="right" pieces={pieces?.right} />
      </div>
    </>
  )
}
