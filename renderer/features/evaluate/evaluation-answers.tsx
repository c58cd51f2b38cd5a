import { Button, Drawer } from '@mantine/core'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import type { AnsweredPrompt, ShownEvaluation } from '../../../main/shared/contract/evaluations-contract.ts'
import { client, orpc } from '../../api/client.ts'
import { toCsv } from '../../components/charts/chart-table.ts'
import { download } from '../../components/charts/download.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { count, fixed } from '../../components/format.ts'
import { ModelText } from '../../components/markdown.tsx'
import { PromptLink } from '../../components/prompt-link.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { answersTable, outcomeText } from './answers-table.ts'
import styles from './evaluation-answers.module.css'

const perPage = 20
/** Prompts per request of a download. */
const perRequest = 200

interface EvaluationAnswersProps {
  readonly evaluation: ShownEvaluation
  readonly onClose: () => void
}

/** An evaluation's prompts, each with the models' answers and the judge's verdicts. */
export function EvaluationAnswers({ evaluation: { id, title }, onClose }: EvaluationAnswersProps) {
  const query = useInfiniteQuery(
    orpc.evaluate.answers.infiniteOptions({
      input: (offset: number) => ({ id, offset, limit: perPage }),
      initialPageParam: 0,
      getNextPageParam: ({ total }, pages) => (pages.length * perPage < total ? pages.length * perPage : undefined),
    }),
  )
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? []
  const total = query.data?.pages[0]?.total ?? 0
  const saving = useMutation({ mutationFn: () => saveCsv(id, title) })
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      lockScroll={false} // locking sets an inline style that the content security policy blocks
      size="min(960px, 94vw)"
      title={title}
      styles={{ title: { fontSize: 14, fontWeight: 600 } }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className={styles.bar}>
        <span className="dim">{query.data && `${count(total)} prompts`}</span>
        <Button loading={saving.isPending} disabled={total === 0} onClick={() => saving.mutate()}>
          Download CSV
        </Button>
      </div>
      {saving.isError && <ErrorCard error={saving.error} />}
      <QueryView query={{ ...query, data: query.data === undefined ? undefined : rows } as never}>
        {() => (
          <ol className={styles.list}>
            {rows.map((row) => (
              <AnsweredRow key={row.position} evaluationId={id} row={row} />
            ))}
          </ol>
        )}
      </QueryView>
      {query.hasNextPage && (
        <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Drawer>
  )
}

async function saveCsv(id: number, title: string): Promise<void> {
  const rows: AnsweredPrompt[] = []
  for (let offset = 0, total = 1; offset < total; offset += perRequest) {
    const page = await client.evaluate.answers({ id, offset, limit: perRequest })
    rows.push(...page.rows)
    total = page.total
  }
  download(`${title}.csv`, new Blob([toCsv(answersTable(rows))], { type: 'text/csv;charset=utf-8' }))
}

interface AnsweredRowProps {
  readonly evaluationId: number
  readonly row: AnsweredPrompt
}

function AnsweredRow({ evaluationId, row: { position, instruction, answers, verdicts } }: AnsweredRowProps) {
  return (
    <li className={styles.answered}>
      <div className={styles.question}>
        <span className="dim">{position + 1}</span>
        <ModelText text={instruction} />
        {instruction !== '' && <PromptLink at={`evaluation:${evaluationId}:${position}`} />}
      </div>
      <div className={styles.answers}>
        {answers.map(({ model, text, opinions }) => (
          <article key={model} className={styles.answer} aria-label={`Answer of ${model}`}>
            <p className={styles.head}>
              <b>{model}</b>
              {opinions.length > 0 && (
                <span className="dim" title={opinions.map((one) => one.text).join('\n\n')}>
                  {opinions.map(({ score }) => (score === null ? 'unreadable' : fixed(score))).join(', ')}
                </span>
              )}
            </p>
            {text === '' ? <span className="dim">(empty)</span> : <ModelText text={text} />}
          </article>
        ))}
      </div>
      {verdicts.length > 0 && (
        <p className={styles.head}>
          {verdicts.map((verdict) => (
            <span key={`${verdict.judge} ${verdict.swapped}`} title={verdict.text}>
              {verdict.swapped ? 'in the other order' : 'the judge prefers'}: <b>{outcomeText(verdict)}</b>
            </span>
          ))}
        </p>
      )}
    </li>
  )
}
