import type { PromptAnswer } from '../../../main/shared/contract/prompts-contract.ts'
import { count, fixed } from '../../components/format.ts'
import { ModelText } from '../../components/markdown.tsx'
import { ModelBadge } from '../../components/model-badge.tsx'
import styles from './prompt.module.css'

/** Answers side by side, each with its reward and what the judges wrote. */
export const AnswerList = ({ answers }: { readonly answers: readonly PromptAnswer[] }) => (
  <ul className={styles.answers}>
    {answers.map((answer) => (
      <Answer key={answer.key} answer={answer} />
    ))}
  </ul>
)

function Answer({ answer }: { readonly answer: PromptAnswer }) {
  const { model, text, tokens, finishReason, reward, opinions, chosen, rejected } = answer
  return (
    <li className={styles.answer} data-role={chosen > 0 ? 'chosen' : rejected > 0 ? 'rejected' : undefined}>
      <div className={styles.head}>
        <ModelBadge name={model} />
        {chosen > 0 && <b data-role="chosen">chosen</b>}
        {rejected > 0 && <b data-role="rejected">rejected</b>}
        {reward !== null && <span>reward {fixed(reward)}</span>}
        {tokens !== null && (
          <span className="dim">
            {count(tokens)} tokens{finishReason === 'length' && ', cut off'}
          </span>
        )}
      </div>
      <div className={styles.text}>{text === '' ? <span className="dim">(empty)</span> : <ModelText text={text} />}</div>
      {opinions.length > 0 && (
        <details className={styles.opinions}>
          <summary>{opinions.length === 1 ? '1 judgement' : `${opinions.length} judgements`}</summary>
          {opinions.map((opinion, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: judgements have no other key and never change
            <div key={i} className={styles.opinion}>
              <p className={styles.quiet}>
                {opinion.judge}: {opinion.score === null ? 'unreadable' : fixed(opinion.score)}
              </p>
              <div className={styles.text}>
                {opinion.text === '' ? <span className="dim">(nothing written)</span> : <ModelText text={opinion.text} />}
              </div>
            </div>
          ))}
        </details>
      )}
    </li>
  )
}
