import type { ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import { ModelText } from '../../components/markdown.tsx'
import { Judgements } from './judgements.tsx'
import styles from './pair.module.css'
import { betterSide, type SideName, type Sides, standingDecision, textOf, wasJudged } from './sides.ts'
import type { Piece } from './word-diff.ts'

interface SideProps {
  readonly item: ReviewItem
  readonly sides: Sides
  readonly side: SideName
  readonly isHidden: boolean
  /** The text in pieces while differences are shown. */
  readonly pieces: readonly Piece[] | undefined
  readonly onUnfold: () => void
}

export const letterOf = (side: SideName): string => (side === 'left' ? 'A' : 'B')

/** One of the two responses: its role, its scores, its text. */
export function Side({ item, sides, side, isHidden, pieces, onUnfold }: SideProps) {
  const candidate = sides[side]
  const { text, isEdited } = textOf(item, sides, side)
  const letter = letterOf(side)
  return (
    <article className={styles.side} aria-label={`Response ${letter}`}>
      <header className={styles.sideHead}>
        <div className={styles.sideLine}>
          <h2 className={styles.letter}>{letter}</h2>
          {!isHidden && <Standing item={item} sides={sides} side={side} />}
          {isEdited && <span className={styles.chip}>edited</span>}
          {!isHidden && candidate.model !== item.model && (
            <span className={styles.chip} title={`Written by ${candidate.model}, for ${item.model}’s own answers to be compared with.`}>
              by {candidate.model}
            </span>
          )}
          {candidate.finishReason === 'length' && (
            <span className={styles.chip} title="Reached the token limit and was cut off.">
              cut off
            </span>
          )}
          <span className={styles.length}>{wordsIn(text)}</span>
        </div>
        {isHidden ? (
          <span className={styles.hidden}>scores hidden until you vote</span>
        ) : !wasJudged(item) ? (
          <span className={styles.hidden}>no judge: nothing is scored</span>
        ) : (
          <Judgements candidate={candidate} onUnfold={onUnfold} />
        )}
      </header>
      <div className={styles.sideText}>
        {pieces === undefined ? <ModelText text={text === '' ? '*(empty)*' : text} /> : <Pieces pieces={pieces} side={side} />}
      </div>
    </article>
  )
}

/** The response's current role in training. */
function Standing({ item, sides, side }: Pick<SideProps, 'item' | 'sides' | 'side'>) {
  const better = betterSide(item, sides)
  const isUser = standingDecision(item) !== undefined || item.because === 'rescore'
  if (better === null) {
    return (
      <span className={styles.role} data-role="out" title="Not used in training">
        {item.because === 'tie' ? 'tie' : 'both bad'}
      </span>
    )
  }
  const role = better === side ? 'chosen' : 'rejected'
  return (
    <span className={styles.role} data-role={role} title={standingTitle(item, isUser, role)}>
      {role}
      {isUser && <span className={styles.byYou}>by you</span>}
    </span>
  )
}

function standingTitle(item: ReviewItem, isUser: boolean, role: string): string {
  const { because } = item
  if (!isUser && !wasJudged(item)) return `By the run’s method: trains as ${role}`
  if (because === 'undecided') return `The judge’s choice: ${role}. This run trains only on pairs that you decide.`
  return isUser ? `You decided: trains as ${role}` : `The judge decided: trains as ${role}`
}

const Pieces = ({ pieces, side }: { readonly pieces: readonly Piece[]; readonly side: SideName }) => (
  <div className={styles.pieces}>
    {pieces.map(({ text, isOwn }, i) =>
      isOwn ? (
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other key
        <mark key={i} className={styles.own} data-side={side}>
          {text}
        </mark>
      ) : (
        text
      ),
    )}
  </div>
)

function wordsIn(text: string): string {
  const words = text.split(/\s+/).filter((word) => word !== '').length
  return words === 1 ? '1 word' : `${words.toLocaleString('en-US')} words`
}
