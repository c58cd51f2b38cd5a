import { Button, Modal, NumberInput, Select } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { JudgingChoice, NewEvaluation, OfferedSource } from '../../../main/shared/contract/evaluations-contract.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { FilePicker } from '../../components/file-picker.tsx'
import { ModelSelect, useUsableModels } from '../../components/model-select.tsx'
import { AlpacaEvalFields } from './alpaca-eval-fields.tsx'
import styles from './evaluate.module.css'
import { type Draft, emptyDraft, evaluationOf, isOfJudge, isOnFile, withKind } from './evaluation-draft.ts'
import { JudgeSelect } from './judge-select.tsx'
import { MtBenchFields } from './mt-bench-fields.tsx'
import { NewTokenFields } from './new-token-fields.tsx'
import { kindNames } from './words.ts'

const kinds: readonly { readonly value: Draft['kind']; readonly label: string; readonly what: string }[] = [
  {
    value: 'head-to-head',
    label: kindNames['head-to-head'],
    what: 'Both models answer the same prompts, and a judge decides which answer is better.',
  },
  {
    value: 'judge',
    label: kindNames.judge,
    what: 'The model judges human-ranked answers. A length-only baseline is shown for comparison.',
  },
  {
    value: 'accuracy',
    label: kindNames.accuracy,
    what: 'A program grades the model’s answers. Only for models of demo runs.',
  },
  {
    value: 'likelihood',
    label: kindNames.likelihood,
    what: 'The model’s likelihood of the texts in a file: perplexity and mean log-probability.',
  },
  {
    value: 'perplexity',
    label: kindNames.perplexity,
    what: 'How well the model predicts texts of any length, per token and per byte. Compare M0 with later models to see what training costs.',
  },
  {
    value: 'multiple-choice',
    label: kindNames['multiple-choice'],
    what: 'The share of questions whose right answer the model finds the likeliest, next to chance.',
  },
  {
    value: 'ifeval',
    label: kindNames.ifeval,
    what: 'Programs check whether the model’s answers follow their prompts’ instructions, strictly and loosely.',
  },
  {
    value: 'mt-bench',
    label: kindNames['mt-bench'],
    what: '80 questions of two turns in eight categories, or questions of your own. A judge grades each answer from 1 to 10, or compares two models.',
  },
  {
    value: 'alpaca-eval',
    label: kindNames['alpaca-eval'],
    what: 'How often a judge prefers the model’s answers to those of a baseline, with and without the effect of their length.',
  },
  {
    value: 'user-agreement',
    label: kindNames['user-agreement'],
    what: 'The model judges the pairs of answers that users voted on in the arena. Shown next to what needs no judge: always the same vote, and the longer answer.',
  },
]

interface NewEvaluationDialogProps {
  /** What is chosen already. */
  readonly start: Partial<Pick<Draft, 'model' | 'against'>>
  readonly onClose: () => void
}

/** The form for a new evaluation. */
export function NewEvaluationDialog({ start, onClose }: NewEvaluationDialogProps) {
  const [draft, setDraft] = useState<Draft>({ ...emptyDraft, ...start })
  const sources = useQuery(orpc.evaluate.sources.queryOptions({ staleTime: 0 })).data ?? []
  const queries = useQueryClient()
  const starting = useMutation(
    orpc.evaluate.start.mutationOptions({
      onSuccess: () => {
        void queries.invalidateQueries({ queryKey: orpc.evaluate.list.key() })
        onClose()
      },
    }),
  )
  const runOf = useRunOf()
  const change = (next: Partial<Draft>): void => setDraft((before) => withRun({ ...before, ...next }, runOf, sources))
  const filled = withRun(draft, runOf, sources) // a model that was chosen before its run was known
  const judging = { cluster: filled.cluster, onCluster: (cluster: string | null) => change({ cluster }) }
  const complete: NewEvaluation | null = evaluationOf(filled)
  return (
    <Modal opened onClose={onClose} title="New evaluation" size="lg">
      <form
        className={styles.stack}
        onSubmit={(event) => {
          event.preventDefault()
          if (complete !== null) starting.mutate(complete)
        }}
      >
        <Select
          label="Kind"
          data={kinds.map(({ value, label }) => ({ value, label }))}
          value={filled.kind}
          onChange={(kind) => kind !== null && change(withKind(kind as Draft['kind']))}
          description={kinds.find(({ value }) => value === filled.kind)?.what}
          allowDeselect={false}
        />
        {isOfJudge(filled.kind) ? (
          <JudgeSelect {...judging} label="Model" value={filled.model} onChange={(model) => change({ model })} />
        ) : (
          <ModelSelect label="Model" value={filled.model} onChange={(model) => change({ model })} />
        )}
        {filled.kind === 'head-to-head' && (
          <>
            <ModelSelect label="Against" value={filled.against} onChange={(against) => change({ against })} />
            <JudgeSelect {...judging} label="Judge" value={filled.judge} onChange={(judge) => change({ judge })} />
          </>
        )}
        {filled.kind === 'alpaca-eval' && <AlpacaEvalFields draft={filled} onChange={change} />}
        {filled.kind === 'mt-bench' && <MtBenchFields draft={filled} onChange={change} />}
        {['head-to-head', 'judge', 'user-agreement'].includes(filled.kind) && (
          <Judging draft={filled} sources={sources} onChange={change} />
        )}
        {filled.kind === 'user-agreement' && (
          <Select
            label="Votes"
            data={[
              { value: 'blind', label: 'Blind votes' },
              { value: 'all', label: 'All votes, with names shown too' },
            ]}
            value={filled.votes}
            onChange={(votes) => change({ votes: votes === 'all' ? 'all' : 'blind' })}
            allowDeselect={false}
          />
        )}
        {hasSource(filled) && filled.kind !== 'alpaca-eval' && <Source draft={filled} sources={sources} onChange={change} />}
        {hasSource(filled) && (
          <NumberInput
            label={`Maximum ${rowNouns[filled.kind] ?? 'prompts'}`}
            {...{ min: 1, max: 100_000, allowDecimal: false, value: filled.count, w: 160 }}
            onChange={(count) => typeof count === 'number' && change({ count })}
          />
        )}
        <NewTokenFields draft={filled} onChange={change} />
        {starting.isError && <ErrorCard error={starting.error} />}
        <div className={styles.dialogActions}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="filled" disabled={complete === null} loading={starting.isPending}>
            Start
          </Button>
        </div>
      </form>
    </Modal>
  )
}

const rowNouns: Partial<Record<Draft['kind'], string>> = {
  likelihood: 'rows',
  perplexity: 'texts',
  'multiple-choice': 'questions',
  'alpaca-eval': 'instructions',
}

const hasSource = ({ kind }: Draft): boolean => !['accuracy', 'mt-bench', 'user-agreement'].includes(kind)

/** The run that trained a model, or null. */
function useRunOf(): (model: string | null) => string | null {
  const models = useUsableModels()
  return (model) => models.find(({ id }) => id === model)?.origin?.runId ?? null
}

/** Fills unset fields of the draft from the model's run: its judging method and its held-out data. */
function withRun(draft: Draft, runOf: (model: string | null) => string | null, sources: readonly OfferedSource[]): Draft {
  const run = sources.find(({ runId }) => runId === runOf(draft.model))
  if (run === undefined) return draft
  const held = draft.kind === 'judge' ? run.ranked : run.heldOut
  return {
    ...draft,
    judging: draft.judging ?? { as: 'run', runId: run.runId },
    source: draft.source ?? (held > 0 && draft.kind !== 'alpaca-eval' ? { from: 'run', runId: run.runId } : null),
    judge: draft.judge ?? `${run.runId}/M1`,
  }
}

interface PartProps {
  readonly draft: Draft
  readonly sources: readonly OfferedSource[]
  readonly onChange: (change: Partial<Draft>) => void
}

function Judging({ draft, sources, onChange }: PartProps) {
  const standard = [
    draft.kind === 'head-to-head' || draft.kind === 'user-agreement'
      ? { value: 'pairwise', label: 'Compares both answers in both orders (as in the paper)' }
      : { value: 'pairwise', label: 'Compares every two answers in both orders: share of wins' },
    { value: 'additive', label: 'Scores each answer: additive 5-point prompt, 3 judgements' },
    { value: 'expected', label: 'Scores each answer: expected score, one pass' },
    { value: 'yes', label: 'Scores each answer: probability of “yes, it is good”, one pass' },
    { value: 'checklist', label: 'Scores each answer: a checklist that the judge writes for each prompt' },
    { value: 'contrast', label: 'Scores each answer: likelihood if asked for good rather than bad answers' },
    { value: 'length', label: 'Scores each answer: number of words, a control' },
  ]
  const ofRuns = sources.map(({ runId, runName }) => ({ value: `run ${runId}`, label: `Same as ${runName}` }))
  const value = draft.judging === null ? null : draft.judging.as === 'run' ? `run ${draft.judging.runId}` : draft.judging.as
  const choose = (key: string | null): void => {
    if (key === null) return
    const judging: JudgingChoice = key.startsWith('run ')
      ? { as: 'run', runId: key.slice(4) }
      : { as: key as Exclude<JudgingChoice['as'], 'run'> }
    onChange({ judging })
  }
  return (
    <Select
      label="How the judge decides"
      data={[...standard, ...ofRuns]}
      value={value}
      onChange={choose}
      placeholder="Choose"
      allowDeselect={false}
    />
  )
}

/** A kind's files. */
interface FileKind {
  readonly what: string
  readonly form: string
  readonly endings?: readonly string[]
}

const anyFormat = 'JSON Lines or JSON, in any format that Data can import.'
const fileOf: Partial<Record<Draft['kind'], FileKind>> = {
  judge: { what: 'Human-ranked answers', form: 'Rows of {question, answer, rank} or OASST trees.' },
  likelihood: { what: 'Texts', form: anyFormat },
  perplexity: { what: 'Texts', form: 'A text file, or JSON Lines of {text}.', endings: ['.txt', '.md', '.jsonl'] },
  'multiple-choice': {
    ...{ what: 'Questions', form: 'JSON Lines of {question, choices, answer}; the answer is an index, a letter, or a choice.' },
    endings: ['.jsonl'],
  },
  ifeval: {
    what: 'Prompts',
    form: 'JSON Lines of {prompt, instruction_id_list, kwargs}, or of {prompt, requirements}.',
    endings: ['.jsonl'],
  },
}

function Source({ draft, sources, onChange }: PartProps) {
  const isRanked = draft.kind === 'judge'
  const held = sources.filter(({ heldOut, ranked }) => !isOnFile(draft.kind) && (isRanked ? ranked : heldOut) > 0)
  const what = fileOf[draft.kind]?.what ?? 'Prompts'
  const isFile = draft.source?.from === 'file' || held.length === 0
  return (
    <>
      {held.length > 0 && (
        <Select
          label={what}
          data={[
            ...held.map(({ runId, runName, heldOut, ranked }) => ({
              value: runId,
              label: `Held out by ${runName} (${isRanked ? ranked : heldOut})`,
            })),
            { value: '', label: 'From a file' },
          ]}
          value={draft.source?.from === 'run' ? draft.source.runId : isFile ? '' : null}
          onChange={(runId) => onChange({ source: runId ? { from: 'run', runId } : { from: 'file', path: '' } })}
          allowDeselect={false}
        />
      )}
      {isFile && (
        <FilePicker
          label={`File of ${what.toLowerCase()}`}
          description={fileOf[draft.kind]?.form ?? anyFormat}
          kind="file"
          endings={fileOf[draft.kind]?.endings ?? ['.jsonl', '.json']}
          dataUse={isRanked ? 'ranked' : isOnFile(draft.kind) && draft.kind !== 'likelihood' ? undefined : 'prompts'}
          value={draft.source?.from === 'file' ? draft.source.path : ''}
          onChange={(path) => onChange({ source: { from: 'file', path } })}
        />
      )}
    </>
  )
}
