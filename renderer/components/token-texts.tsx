import styles from './token-texts.module.css'

export interface ShownToken {
  readonly id: number
  readonly text: string
  /** Loss weight. */
  readonly weight: number
}

interface TokenTextsProps {
  readonly tokens: readonly ShownToken[]
  /** Shows each token's id below its text. */
  readonly withIds?: boolean
}

/** Tokens one by one, those with a loss colored. */
export function TokenTexts({ tokens, withIds = false }: TokenTextsProps) {
  return (
    <div className={styles.text} data-ids={withIds || undefined}>
      {tokens.map(({ id, text, weight }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: tokens are identified by their index
        <span key={i} className={styles.token} data-learned={weight > 0} title={`token ${id}, loss weight ${weight}`}>
          {withIds ? (text === '' ? ' ' : text.replaceAll('\n', '⏎').replaceAll(' ', '·')) : text.replaceAll('\n', '⏎\n')}
          {withIds && <span className={styles.id}>{id}</span>}
        </span>
      ))}
    </div>
  )
}

export const TokenLegend = () => (
  <div className={styles.legend}>
    <span>
      <span className={styles.token} data-learned>
        token
      </span>{' '}
      trained on
    </span>
    <span>
      <span className={styles.token}>token</span> context, no loss
    </span>
  </div>
)
