import { Button, NumberInput, Progress } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { RecipeDocument } from '../../../main/shared/contract/new-run-contract.ts'
import type { ProbeEstimate, ProbeRequest, ShownProbe } from '../../../main/shared/contract/probe-contract.ts'
import { thisMachine } from '../../../main/shared/engine-settings.ts'
import { type ProbedMethod, untrainedMethods } from '../../../main/shared/probed-judge.ts'
import type { Action } from '../../actions/action.ts'
import { actionProps } from '../../actions/action-button.tsx'
import type { Binding } from '../../actions/screen-actions.ts'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { aboutDuration, count, percent } from '../../components/format.ts'
import { probedWords } from '../../components/judge-words.ts'
import { Panel } from '../../components/page.tsx'
import { valueAt } from './document.ts'
import { setProbePrompts, setValue, useDraft } from './draft.ts'
import { probeActions } from './new-run-actions.ts'
import styles from './probe.module.css'
import { ProbeTable } from './probe-table.tsx'
import { isWorking } from './use-probe.ts'

interface ProbePanelProps {
  readonly recipe: RecipeDocument
  readonly request: ProbeRequest
  readonly shown: ShownProbe
}

/** Estimated seconds until a judge is measured. */
function secondsLeft(estimate: ProbeEstimate | undefined, measured: ShownProbe['measured'], method: ProbedMethod): number {
  const whole = estimate?.judges.find((one) => one.method === method)
  const shown = measured?.judges.find((one) => one.method === method)
  if (whole === undefined || (measured?.changed.length === 0 && (shown?.judge ?? shown?.problem ?? null) !== null)) return 0
  return measured?.changed.length === 0
    ? whole.seconds * (1 - Math.min(1, (shown?.done ?? 0) / Math.max(1, whole.judgements)))
    : whole.seconds
}

/** Sets the recipe's judge. A prompt belongs to the method it was written for. */
function choose(recipe: RecipeDocument, method: ProbedMethod): void {
  if (valueAt(recipe, 'judge.method') === method) return
  setValue('judge.method', method)
  if (valueAt(recipe, 'judge.prompt') !== null) setValue('judge.prompt', null)
}

/** Which judge fits the recipe's model: measures every method that needs no training on human-ranked answers, and recommends one. */
export function ProbePanel({ recipe, request, shown: { measured, busyWith } }: ProbePanelProps) {
  const queries = useQueryClient()
  const refresh = { onSettled: () => queries.invalidateQueries({ queryKey: orpc.evaluate.key() }) }
  const starting = useMutation(orpc.evaluate.probe.start.mutationOptions(refresh))
  const pausing = useMutation(orpc.evaluate.pause.mutationOptions(refresh))
  const working = isWorking(measured?.status)
  const isDone = measured?.status === 'finished'
  const canStart = !working && (!isDone || measured.changed.length > 0)
  const failed = starting.error ?? pausing.error
  const figures = measured?.judges.some(({ judge }) => judge?.isControl === false) ? measured : null
  const estimate = useQuery(
    orpc.evaluate.probe.estimate.queryOptions({
      ...{ input: request, enabled: canStart && busyWith === null && request.engine === thisMachine, retry: false, staleTime: 600_000 },
    }),
  ).data
  const title = request.engine === thisMachine ? 'Which judge fits this model?' : `Which judge fits ${request.engine}?`
  const timeLeft = (method: ProbedMethod): number => secondsLeft(estimate, measured, method)
  const actions = useScreenActions(probeActions, {
    measure: canStart
      ? { title: startWord(measured), enabled: busyWith === null && !starting.isPending, perform: () => starting.mutate(request) }
      : null,
    stop: working ? { title: stopWord(measured), perform: () => pausing.mutate({ id: measured!.id }) } : null,
    use: choiceOf(recipe, figures),
  })
  return (
    <Panel title={title}>
      <section className={styles.probe} aria-label={title}>
        {figures === null && (
          <p className={styles.about}>
            A run learns what its judge rewards. Let the model judge answers that people have ranked, with every method that needs no
            training, and see which method knows more than “the longer answer wins”.
          </p>
        )}
        {figures !== null && <Advice recipe={recipe} measured={figures} use={actions.use} />}
        {working && <Working measured={measured!} stop={actions.stop} isStopping={pausing.isPending} />}
        {canStart && (
          <Start
            {...{ request, busyWith, estimate }}
            seconds={untrainedMethods.reduce((sum, method) => sum + timeLeft(method), 0)}
            start={actions.measure}
            isStarting={starting.isPending}
          />
        )}
        {measured?.error != null && !working && busyWith === null && <ErrorCard error={measured.error} />}
        {failed !== null && <ErrorCard error={failed} />}
        {measured !== null && (figures !== null || working) && (
          <ProbeTable
            {...{ measured, timeLeft }}
            used={String(valueAt(recipe, 'judge.method'))}
            onUse={(method) => choose(recipe, method)}
          />
        )}
      </section>
    </Panel>
  )
}

const startWord = (measured: ShownProbe['measured']): string =>
  measured === null ? 'Measure judges' : measured.status === 'finished' ? 'Measure again' : 'Continue'

const stopWord = (measured: ShownProbe['measured']): string => (measured?.status === 'queued' ? 'Remove from queue' : 'Stop')

/** Chooses the recommended judge, unless the recipe has it. */
function choiceOf(recipe: RecipeDocument, figures: ShownProbe['measured']): Binding | null {
  const best = figures?.judges.find(({ method, judge }) => method === figures.recommended && judge !== null)?.method
  return best === undefined || valueAt(recipe, 'judge.method') === best ? null : { perform: () => choose(recipe, best) }
}

interface AdviceProps {
  readonly recipe: RecipeDocument
  readonly measured: NonNullable<ShownProbe['measured']>
  readonly use: Action
}

/** The recommendation in one sentence. */
function Advice({ recipe, measured, use }: AdviceProps) {
  const { judges, recommended, status } = measured
  const isDone = status === 'finished'
  const best = judges.find(({ method }) => method === recommended)
  if (best?.judge == null) {
    return (
      <p className={styles.advice} data-found={false}>
        {isDone ? 'No judge is better than chance' : 'So far, no judge is better than chance'} on pairs of similar length: what it knows,
        the length knows.{' '}
        {isDone &&
          'Teach the model to judge from ranked answers (Seed data), use prompts whose answers a program can check, or decide on the pairs yourself (Wait for my review).'}
      </p>
    )
  }
  const isUsed = valueAt(recipe, 'judge.method') === best.method
  return (
    <div className={styles.advice} data-found>
      <p>
        {isDone ? 'Best fit' : 'Best fit so far'}: <strong>{probedWords(best.method).name}</strong>, right on at least{' '}
        {percent(best.judge.matched.interval.low)} of the pairs of similar length.
        {isUsed && ' This is the recipe’s judge.'}
      </p>
      {!isUsed && (
        <Button {...actionProps(use)} variant="filled">
          Use this judge
        </Button>
      )}
    </div>
  )
}

interface WorkingProps {
  readonly measured: NonNullable<ShownProbe['measured']>
  readonly stop: Action
  readonly isStopping: boolean
}

function Working({ measured: { status, done, total, judges }, stop, isStopping }: WorkingProps) {
  const current = judges.find(({ judge, problem, done: judged }) => judge === null && problem === null && judged > 0)
  const what =
    status === 'queued'
      ? 'Waits until another evaluation has ended'
      : current === undefined
        ? 'Measuring judges'
        : `Measuring ${probedWords(current.method).name}`
  return (
    <div className={styles.working}>
      <span>
        {what}
        {total > 0 && `, ${count(done)} of ${count(total)} judgements`}
      </span>
      <Progress value={total === 0 ? 0 : (100 * done) / total} aria-label="Progress of measuring judges" />
      <Button {...actionProps(stop)} size="compact-xs" loading={isStopping || status === 'pausing'} />
    </div>
  )
}

interface StartProps extends Pick<ProbePanelProps, 'request'> {
  readonly busyWith: ShownProbe['busyWith']
  readonly estimate: ProbeEstimate | undefined
  /** What is left of it. */
  readonly seconds: number
  readonly start: Action
  readonly isStarting: boolean
}

function Start({ request, busyWith, estimate, seconds, start, isStarting }: StartProps) {
  const prompts = useDraft(({ probePrompts }) => probePrompts)
  return (
    <div className={styles.start}>
      <NumberInput
        aria-label="Ranked prompts, at most"
        {...{ min: 1, max: 10_000, allowDecimal: false, value: prompts, w: 88, size: 'xs' }}
        onChange={(value) => typeof value === 'number' && value >= 1 && setProbePrompts(value)}
      />
      <span>prompts {fileText(request.ranked)}</span>
      <Button {...actionProps(start)} loading={isStarting} />
      <span className="dim" aria-live="polite">
        {busyWith !== null
          ? `Run ${busyWith.name} is running, and this would slow it down. Measure after it has ended, or pause it.`
          : estimate !== undefined && `${count(estimate.answers)} answers: ${aboutDuration(seconds)}, in the background`}
      </span>
    </div>
  )
}

const fileText = (ranked: string | null): string =>
  ranked === null ? 'of the ranked answers that ship with Laurel' : `of ${ranked.split(/[\\/]/).at(-1)}`
