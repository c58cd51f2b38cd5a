import { SegmentedControl, Switch } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ExampleKind } from '../../../main/shared/enums.ts'
import { orpc } from '../../api/client.ts'
import { decisionWords, reasonsText } from '../../components/decision-words.ts'
import { count, fixed } from '../../components/format.ts'
import { PromptLink } from '../../components/prompt-link.tsx'
import { nextOffset, PagedRows, rowsPerPage } from './paged-rows.tsx'
import { exampleKindWords, reasonWords } from './row-words.ts'
import styles from './stage-rows.module.css'

interface Place {
  readonly runId: string
  readonly iteration: number
}

const paging = { initialPageParam: 0, getNextPageParam: nextOffset } as const

export function PromptRows({ runId, iteration }: Place) {
  const [show, setShow] = useState<'all' | 'accepted' | 'rejected'>('all')
  const query = useInfiniteQuery(
    orpc.rows.prompts.infiniteOptions({ input: (offset: number) => ({ runId, iteration, show, offset, limit: rowsPerPage }), ...paging }),
  )
  const filter = (
    <SegmentedControl
      aria-label="Which prompts"
      value={show}
      onChange={(value) => setShow(value as typeof show)}
      data={[
        { value: 'all', label: 'All' },
        { value: 'accepted', label: 'Accepted' },
        { value: 'rejected', label: 'Rejected' },
      ]}
    />
  )
  return (
    <PagedRows label="Prompts" query={query} filter={filter} keyOf={({ id }) => id}>
      {({ id, text, position, reason, similarity, similarTo }) => (
        <>
          <p className={styles.text}>{text}</p>
          <p className={styles.foot}>
            <PromptLink at={`prompt:${id}`} />
            {position === null ? <b>rejected: {reasonWords[reason ?? ''] ?? reason}</b> : <span>prompt {count(position + 1)}</span>}
            {similarity !== null && (
              <span title={similarTo ?? undefined}>ROUGE-L {fixed(similarity)} with the most similar earlier prompt</span>
            )}
          </p>
        </>
      )}
    </PagedRows>
  )
}

export function CandidateRows({ runId, iteration, isJudged }: Place & { readonly isJudged: boolean }) {
  const query = useInfiniteQuery(
    orpc.rows.candidates.infiniteOptions({ input: (offset: number) => ({ runId, iteration, offset, limit: rowsPerPage }), ...paging }),
  )
  return (
    <PagedRows label="Candidates" query={query} keyOf={({ id }) => id}>
      {({
        promptId,
        position,
        sample,
        model,
        instruction,
        text,
        tokens,
        finishReason,
        reward,
        judgements,
        unreadable,
        chosen,
        rejected,
      }) => (
        <div className={styles.rated} data-role={chosen > 0 ? 'chosen' : rejected > 0 ? 'rejected' : undefined}>
          {sample === 0 && <p className={styles.prompt}>{instruction}</p>}
          <p className={styles.text}>{text === '' ? '(empty)' : text}</p>
          <p className={styles.foot}>
            <span>
              prompt {count(position + 1)}, answer {sample + 1}
              {model !== `M${iteration}` && ` by ${model}`}
            </span>
            {sample === 0 && <PromptLink at={`prompt:${promptId}`} />}
            {chosen > 0 && <b data-role="chosen">{roleText('chosen', chosen)}</b>}
            {rejected > 0 && <b data-role="rejected">{roleText('rejected', rejected)}</b>}
            {isJudged && (
              <span>{reward === null ? (judgements === 0 ? 'not judged yet' : 'no readable judgement') : `reward ${fixed(reward)}`}</span>
            )}
            {unreadable > 0 && reward !== null && (
              <span>
                {unreadable} of {judgements} judgements unreadable
              </span>
            )}
            <span>
              {tokens} tokens{finishReason === 'length' && ', cut off'}
            </span>
          </p>
        </div>
      )}
    </PagedRows>
  )
}

const roleText = (role: string, pairs: number): string => (pairs === 1 ? role : `${role} in ${count(pairs)} pairs`)

export function JudgementRows({ runId, iteration }: Place) {
  const [onlyUnreadable, setOnlyUnreadable] = useState(false)
  const query = useInfiniteQuery(
    orpc.rows.judgements.infiniteOptions({
      input: (offset: number) => ({ runId, iteration, onlyUnreadable, offset, limit: rowsPerPage }),
      ...paging,
    }),
  )
  const filter = (
    <Switch
      color="gray"
      label="Only unreadable"
      checked={onlyUnreadable}
      onChange={({ currentTarget: { checked } }) => setOnlyUnreadable(checked)}
    />
  )
  return (
    <PagedRows label="Judgements" query={query} filter={filter} keyOf={({ id }) => id}>
      {({ promptId, instruction, response, text, score, judge, position, candidateSample, sample }) => (
        <>
          <p className={styles.prompt}>{instruction}</p>
          <p className={styles.text}>{response === '' ? '(empty)' : response}</p>
          <p className={styles.judgement} data-unreadable={score === null || undefined}>
            {text === '' ? '(empty)' : text}
          </p>
          <p className={styles.foot}>
            {score === null ? <b>unreadable</b> : <b>score {fixed(score)}</b>}
            <span>
              prompt {count(position + 1)}, answer {candidateSample + 1}, judgement {sample + 1} by {judge}
            </span>
            <PromptLink at={`prompt:${promptId}`} />
          </p>
        </>
      )}
    </PagedRows>
  )
}

export function PairRows({ runId, iteration }: Place) {
  const query = useInfiniteQuery(
    orpc.rows.pairs.infiniteOptions({ input: (offset: number) => ({ runId, iteration, offset, limit: rowsPerPage }), ...paging }),
  )
  return (
    <PagedRows label="Pairs" query={query} keyOf={({ id }) => id}>
      {({ promptId, position, instruction, chosen, chosenReward, rejected, rejectedReward, decision, ...why }) => (
        <>
          <p className={styles.prompt}>{instruction}</p>
          <div className={styles.pair}>
            <div data-role="chosen">
              <p className={styles.text}>{chosen === '' ? '(empty)' : chosen}</p>
              <p className={styles.foot}>
                <b data-role="chosen">chosen</b> {rewardWords(chosenReward)}
              </p>
            </div>
            <div data-role="rejected">
              <p className={styles.text}>{rejected === '' ? '(empty)' : rejected}</p>
              <p className={styles.foot}>
                <b data-role="rejected">rejected</b> {rewardWords(rejectedReward)}
              </p>
            </div>
          </div>
          <p className={styles.foot}>
            <span>prompt {count(position + 1)}</span>
            <PromptLink at={`prompt:${promptId}`} />
            {chosenReward !== null && rejectedReward !== null && <span>margin {fixed(chosenReward - rejectedReward)}</span>}
            {decision !== null && <b data-role="user">review: {decisionWords[decision]}</b>}
            {decision !== null && reasonsText(why) !== '' && <span>{reasonsText(why)}</span>}
          </p>
        </>
      )}
    </PagedRows>
  )
}

export function JudgePairRows({ runId, iteration }: Place) {
  const query = useInfiniteQuery(
    orpc.rows.judgePairs.infiniteOptions({ input: (offset: number) => ({ runId, iteration, offset, limit: rowsPerPage }), ...paging }),
  )
  return (
    <PagedRows label="Judge pairs" query={query} keyOf={({ id }) => id}>
      {({ position, prompt, chosen, chosenElo, rejected, rejectedElo }) => (
        <>
          <p className={styles.prompt}>{prompt}</p>
          <div className={styles.pair}>
            <div data-role="chosen">
              <p className={styles.text}>{chosen}</p>
              <p className={styles.foot}>
                <b data-role="chosen">chosen</b> Elo {fixed(chosenElo, 0)}
              </p>
            </div>
            <div data-role="rejected">
              <p className={styles.text}>{rejected}</p>
              <p className={styles.foot}>
                <b data-role="rejected">rejected</b> Elo {fixed(rejectedElo, 0)}
              </p>
            </div>
          </div>
          <p className={styles.foot}>
            <span>judgements of an answer to prompt {count(position + 1)}</span>
          </p>
        </>
      )}
    </PagedRows>
  )
}

const rewardWords = (reward: number | null): string => (reward === null ? '' : `reward ${fixed(reward)}`)

export function ExampleRows({ runId, kinds }: { readonly runId: string; readonly kinds: readonly ExampleKind[] }) {
  const [kind, setKind] = useState(kinds[0])
  const query = useInfiniteQuery(
    orpc.rows.examples.infiniteOptions({ input: (offset: number) => ({ runId, kind, offset, limit: rowsPerPage }), ...paging }),
  )
  const filter = (
    <SegmentedControl
      aria-label="Which examples"
      value={kind}
      onChange={(value) => setKind(value as ExampleKind)}
      data={kinds.map((value) => ({ value, label: exampleKindWords[value] }))}
    />
  )
  return (
    <PagedRows label="Examples" query={query} filter={filter} keyOf={({ position }) => position}>
      {({ instruction, response, humanRank }) => (
        <>
          <p className={styles.prompt}>{instruction}</p>
          {response !== null && <p className={styles.text}>{response}</p>}
          {humanRank !== null && <p className={styles.foot}>human rank {humanRank} (lower is better)</p>}
        </>
      )}
    </PagedRows>
  )
}

const pairKindWords = { ranked: 'Human-ranked', made: 'Made' } as const
export type RewardPairKind = keyof typeof pairKindWords

/** The pairs of answers that train M1 as a judge. */
export function RewardPairRows({ runId, kinds }: { readonly runId: string; readonly kinds: readonly RewardPairKind[] }) {
  const [kind, setKind] = useState(kinds[0])
  const query = useInfiniteQuery(
    orpc.rows.rewardPairs.infiniteOptions({ input: (offset: number) => ({ runId, kind, offset, limit: rowsPerPage }), ...paging }),
  )
  const filter = (
    <SegmentedControl
      aria-label="Which pairs"
      value={kind}
      onChange={(value) => setKind(value as RewardPairKind)}
      data={kinds.map((value) => ({ value, label: pairKindWords[value] }))}
    />
  )
  return (
    <PagedRows label="Pairs for the judge" query={query} filter={filter} keyOf={({ id }) => id}>
      {({ prompt, better, worse }) => (
        <>
          <p className={styles.prompt}>{prompt}</p>
          <div className={styles.pair}>
            <div data-role="chosen">
              <p className={styles.text}>{better}</p>
              <p className={styles.foot}>
                <b data-role="chosen">better</b>
              </p>
            </div>
            <div data-role="rejected">
              <p className={styles.text}>{worse}</p>
              <p className={styles.foot}>
                <b data-role="rejected">worse</b>
              </p>
            </div>
          </div>
        </>
      )}
    </PagedRows>
  )
}
