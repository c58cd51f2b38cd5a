import { SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import type { PromptAnswer, PromptPage as Shown } from '../../../main/shared/contract/prompts-contract.ts'
import { orpc } from '../../api/client.ts'
import { dot } from '../../components/format.ts'
import { Hint } from '../../components/hint.tsx'
import { ModelText } from '../../components/markdown.tsx'
import { Page, Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { TextForm } from '../../components/text-form.ts'
import { AnswerList } from './answer-list.tsx'
import styles from './prompt.module.css'
import { DecisionList, VerdictTable, VoteList } from './prompt-opinions.tsx'

/** One prompt: every answer to it that is stored, by any model, with judgements, comparisons, decisions, and votes. */
export function PromptPage() {
  const [parameters] = useSearchParams()
  const at = parameters.get('at') ?? ''
  const [form, setForm] = useState<'formatted' | 'text'>('formatted')
  const page = useQuery(orpc.prompts.show.queryOptions({ input: { at }, staleTime: 0 }))
  return (
    <Page
      title="Prompt"
      status={page.data && <span>{page.data.answers.length === 1 ? '1 answer' : `${page.data.answers.length} answers`}</span>}
      actions={
        <SegmentedControl
          aria-label="Text form"
          value={form}
          onChange={(value) => setForm(value as typeof form)}
          data={[
            { value: 'formatted', label: 'Formatted' },
            { value: 'text', label: 'Verbatim' },
          ]}
        />
      }
    >
      <TextForm value={form}>
        <QueryView query={page}>{(shown) => <Content page={shown} />}</QueryView>
      </TextForm>
    </Page>
  )
}

function Content({ page }: { readonly page: Shown }) {
  const { text, origins, answers, verdicts, decisions, votes, isCut } = page
  return (
    <>
      <Panel title="Prompt">
        <div className={styles.prompt}>
          <ModelText text={text} />
        </div>
        {origins.length > 0 && <Origins origins={origins} />}
      </Panel>
      {isCut && <p className={styles.quiet}>There is more than is shown here.</p>}
      {answers.length === 0 ? (
        <Panel>
          <Hint title="No answers">No model has answered this prompt yet.</Hint>
        </Panel>
      ) : (
        bySource(answers).map(([title, group]) => (
          <Panel key={title} title={title}>
            <AnswerList answers={group} />
          </Panel>
        ))
      )}
      {verdicts.length > 0 && <VerdictTable verdicts={verdicts} />}
      {decisions.length > 0 && <DecisionList decisions={decisions} />}
      {votes.length > 0 && <VoteList votes={votes} />}
    </>
  )
}

function Origins({ origins }: Pick<Shown, 'origins'>) {
  return (
    <ul className={styles.origins}>
      {origins.map(({ promptId, run, iteration, position, reason }) => (
        <li key={promptId}>
          {position === null ? `Rejected (${reason})` : `Prompt ${position + 1}`} of M{iteration} in{' '}
          {run !== null && <Link href={`/runs/${run.id}`}>{run.name}</Link>}
          {run !== null && position !== null && (
            <>
              {dot}
              <Link href={`/review/${run.id}?iteration=${iteration}`}>Review</Link>
            </>
          )}
        </li>
      ))}
    </ul>
  )
}

/** Answers by where they were given, in the order of the loop. */
function bySource(answers: readonly PromptAnswer[]): [title: string, answers: PromptAnswer[]][] {
  const titleOf = ({ source, run, iteration, purpose }: PromptAnswer): string => {
    if (source === 'arena') return 'In the arena'
    if (source === 'candidate') return `Candidates of M${iteration} in ${run?.name}`
    return `${run === null ? 'Evaluations by hand' : `Evaluation of ${run.name}`}: ${purpose}`
  }
  return [...Map.groupBy(answers, titleOf)]
}
