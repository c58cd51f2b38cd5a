import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { DataSource } from '../../../main/shared/contract/datasets-contract.ts'
import type { DataFormat } from '../../../main/shared/enums.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { FilePicker } from '../../components/file-picker.tsx'
import { count } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import styles from './data.module.css'

interface TokenCheckProps {
  readonly source: DataSource
  readonly format: DataFormat | null
}

/** The first rows as training sees them: chat template, tokens, and which tokens count in the loss. */
export function TokenCheck({ source, format }: TokenCheckProps) {
  const [model, setModel] = useState('')
  const tokens = useMutation(orpc.data.tokens.mutationOptions())
  return (
    <Panel title="Tokens (optional)" flush>
      <div className={styles.row}>
        <div className={styles.inline}>
          <div style={{ flex: 1, maxWidth: 720 }}>
            <FilePicker
              label="Model"
              description="Applies the model’s chat template and tokenizer exactly as in training."
              kind="model"
              value={model}
              onChange={setModel}
            />
          </div>
          <Button
            disabled={model.trim() === ''}
            loading={tokens.isPending}
            onClick={() => tokens.mutate({ source, format, model, rows: 4 })}
          >
            Show tokens
          </Button>
        </div>
        {tokens.isError && <ErrorCard error={tokens.error} />}
      </div>
      {tokens.data && (
        <>
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
          <ScrollArea className={styles.tokens} label="Tokens">
            {tokens.data.map(({ label, row }) => (
              <TokenRow key={label} label={label} row={row} />
            ))}
          </ScrollArea>
        </>
      )}
    </Panel>
  )
}

type ShownTokens = Awaited<ReturnType<typeof orpc.data.tokens.call>>[number]

function TokenRow({ label, row }: ShownTokens) {
  const learned = row.tokens.filter(({ weight }) => weight > 0).length
  return (
    <article className={styles.row}>
      <div className={styles.rowHead}>
        {label}
        {row.problem === null && (
          <span className="dim">
            {' '}
            · {count(row.tokens.length)} tokens, {count(learned)} trained on{row.isCut && ', truncated here'}
          </span>
        )}
      </div>
      {row.problem !== null && <div style={{ color: 'var(--error)' }}>{row.problem}</div>}
      <div className={styles.tokenText}>
        {row.tokens.map(({ id, text, weight }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: tokens are identified by their index
          <span key={i} className={styles.token} data-learned={weight > 0} title={`token ${id}, loss weight ${weight}`}>
            {text.replaceAll('\n', '⏎\n')}
          </span>
        ))}
      </div>
    </article>
  )
}
