import { ActionIcon, Select } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Sample, SampleSet } from '../../../main/shared/contract/rows-contract.ts'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { outsideNames } from '../../../main/shared/outside-measures.ts'
import { orpc } from '../../api/client.ts'
import { count, fixed } from '../../components/format.ts'
import { Hint } from '../../components/hint.tsx'
import { ModelBadge } from '../../components/model-badge.tsx'
import { Panel } from '../../components/page.tsx'
import { PromptLink } from '../../components/prompt-link.tsx'
import { QueryView } from '../../components/query-view.tsx'
import styles from './samples-panel.module.css'

const perPage = 5

const setNames: Readonly<Record<string, string>> = {
  'head-to-head': 'Held-out prompts (win rates)',
  'true-accuracy': 'Test prompts, sampled',
  'true-accuracy-greedy': 'Test prompts, greedy',
  ...outsideNames,
}

/** The same held-out prompts answered by every model, so that you can read whether the models really improve. */
export function SamplesPanel({ run }: { readonly run: RunDetails }) {
  const sets = useQuery(orpc.rows.sampleSets.queryOptions({ input: { runId: run.id } }))
  return (
    <QueryView query={sets}>
      {(list) =>
        list.length === 0 ? (
          <Panel>
            <Hint title="Samples">
              Answers of M0, M1, M2, and so on to the same prompts appear here side by side once the models are evaluated.
            </Hint>
          </Panel>
        ) : (
          <SampleBrowser run={run} sets={list} />
        )
      }
    </QueryView>
  )
}

function SampleBrowser({ run, sets }: { readonly run: RunDetails; readonly sets: readonly SampleSet[] }) {
  const [purpose, setPurpose] = useState<string | null>(null)
  const [offset, setOffset] = useState(0)
  const set = sets.find((other) => other.purpose === purpose) ?? sets.find((other) => other.purpose === 'head-to-head') ?? sets[0]
  const query = useQuery(
    orpc.rows.samples.queryOptions({
      input: { runId: run.id, purpose: set.purpose, offset, limit: perPage },
      placeholderData: (before) => before,
    }),
  )
  const last = Math.min(offset + perPage, set.prompts)
  return (
    <Panel
      title="Samples: the same prompt, answered by each model"
      corner={
        <div className={styles.bar}>
          {sets.length > 1 && (
            <Select
              aria-label="Which prompts"
              w={240}
              allowDeselect={false}
              value={set.purpose}
              data={sets.map((other) => ({ value: other.purpose, label: setNames[other.purpose] ?? other.purpose }))}
              onChange={(value) => {
                setPurpose(value)
                setOffset(0)
              }}
            />
          )}
          <span className="dim">
            {count(offset + 1)}–{count(last)} of {count(set.prompts)} prompts
          </span>
          <ActionIcon aria-label="Previous prompts" disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - perPage))}>
            <IconChevronLeft size={16} aria-hidden />
          </ActionIcon>
          <ActionIcon aria-label="Next prompts" disabled={last >= set.prompts} onClick={() => setOffset(offset + perPage)}>
            <IconChevronRight size={16} aria-hidden />
          </ActionIcon>
        </div>
      }
      flush
    >
      <QueryView query={query}>
        {({ rows }) => <SampleTable runId={run.id} purpose={set.purpose} models={set.models} samples={rows} />}
      </QueryView>
    </Panel>
  )
}

interface SampleTableProps {
  readonly runId: string
  readonly purpose: string
  readonly models: readonly string[]
  readonly samples: readonly Sample[]
}

function SampleTable({ runId, purpose, models, samples }: SampleTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroll container must be reachable by keyboard
    <section className={styles.scroll} aria-label="Samples" tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Prompt</th>
            {models.map((model) => (
              <th key={model} scope="col">
                <ModelBadge name={model} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {samples.map(({ position, instruction, answers }) => (
            <tr key={position}>
              <th scope="row" className={styles.text}>
                <div className={styles.clip}>{instruction}</div>
                <PromptLink at={`sample:${runId}:${purpose}:${position}`} />
              </th>
              {models.map((model) => (
                <td key={model}>
                  <Answer answer={answers.find((other) => other.model === model)} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Answer({ answer }: { readonly answer: Sample['answers'][number] | undefined }) {
  if (answer === undefined) return <span className="dim">not yet</span>
  return (
    <>
      <div className={`${styles.text} ${styles.clip}`}>{answer.text === '' ? <span className="dim">(empty)</span> : answer.text}</div>
      <div className={styles.foot}>
        {answer.score !== null && <span>reward {fixed(answer.score)}</span>}
        <span>{count(answer.tokens)} tokens</span>
        {answer.finishReason === 'length' && <span>cut off</span>}
      </div>
    </>
  )
}
