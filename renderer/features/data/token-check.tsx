import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { ReadingChoice } from '../../../main/shared/contract/datasets-contract.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { FilePicker } from '../../components/file-picker.tsx'
import { count, dot } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import { TokenLegend, TokenTexts } from '../../components/token-texts.tsx'
import styles from './data.module.css'

/** The first rows as training sees them: chat template, tokens, and which tokens count in the loss. */
export function TokenCheck({ choice }: { readonly choice: ReadingChoice }) {
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
          <Button disabled={model.trim() === ''} loading={tokens.isPending} onClick={() => tokens.mutate({ ...choice, model, rows: 4 })}>
            Show tokens
          </Button>
        </div>
        {tokens.isError && <ErrorCard error={tokens.error} />}
      </div>
      {tokens.data && (
        <>
          <TokenLegend />
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
            {dot}
            {count(row.tokens.length)} tokens, {count(learned)} trained on{row.isCut && ', truncated here'}
          </span>
        )}
      </div>
      {row.problem !== null && <div style={{ color: 'var(--error)' }}>{row.problem}</div>}
      <TokenTexts tokens={row.tokens} />
    </article>
  )
}
