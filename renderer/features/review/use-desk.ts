import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import { orpc } from '../../api/client.ts'
import { stepWords } from './act-words.ts'
import { keepEditDraft, keepNoteDraft } from './drafts.ts'
import { readFlag, writeFlag } from './flags.ts'
import type { Vote } from './optimistic.ts'
import type { ManualScore } from './parts-form.tsx'
import { keyOf } from './queue-order.ts'
import { keepSeen, seenScores } from './seen-scores.ts'
import { decisionFor, judgesSide, type SideName, type Sides, sidesOf, standingDecision } from './sides.ts'
import { stopwatch } from './stopwatch.ts'
import { useChanges } from './use-changes.ts'
import { useQueue } from './use-queue.ts'
import { useReasoning } from './use-reasoning.ts'
import { useWrites } from './use-writes.ts'

/** How long the judge's choice is shown after a blind vote before the next pair appears, milliseconds. */
const revealMs = 2000

/** The open form. */
export type Writing = 'edit' | 'rescore' | 'note' | 'why' | null

/** The last message, for the status line. */
export interface Said {
  readonly about: string | null // key of a spot; null: about many
  readonly text: string
}

/** State and actions of the review page. */
export function useDesk(runId: string) {
  const queries = useQueryClient()
  const queue = useQueue(runId)
  const writes = useWrites(runId)
  useChanges(runId, writes)
  const { key, spot, entries, index, go, goOn } = queue
  const item = useQuery({ ...orpc.review.item.queryOptions({ input: spot ?? { promptId: -1, place: 0 } }), enabled: spot !== null })
  const [isBlind, setBlind] = useState(() => readFlag('blind', false))
  const [isDiff, setDiff] = useState(false)
  const [isText, setText] = useState(() => readFlag('text', false))
  const [isListed, setListed] = useState(() => readFlag('list', true))
  const [isGuided, setGuided] = useState(() => readFlag('guidelines', false))
  const [written, setWritten] = useState<{ about: string; form: Writing } | null>(null)
  const writing = written !== null && written.about === key ? written.form : null
  const isWriting = useRef(false)
  isWriting.current = writing !== null
  const [said, setSaid] = useState<Said | null>(null)
  /** The pair whose scores are shown in blind mode because the user has just voted. */
  const [revealed, setRevealed] = useState<string | null>(null)
  const watch = useRef(stopwatch())
  const timer = useRef<number | undefined>(undefined)

  const shown = item.data !== undefined && keyOf(item.data) === key ? item.data : undefined
  const sides = useMemo(() => (shown === undefined ? null : sidesOf(shown, isBlind)), [shown, isBlind])
  const isHidden = isBlind && shown !== undefined && sides !== null && standingDecision(shown) === undefined && revealed !== key

  const reasoning = useReasoning(shown, writes)
  const seen = useRef<Set<number>>(undefined)
  seen.current ??= seenScores(runId)
  const hasSeen = shown !== undefined && (seen.current.has(shown.promptId) || shown.decisions.some(({ batchId }) => batchId === null))
  useEffect(() => {
    const known = seen.current
    if (known === undefined || shown === undefined || isHidden || known.has(shown.promptId)) return
    known.add(shown.promptId)
    keepSeen(runId, known)
  }, [shown, isHidden, runId])

  const hold = useCallback(() => window.clearTimeout(timer.current), [])
  useEffect(() => {
    hold()
    watch.current.lookAt(key)
  }, [key, hold])
  useEffect(() => {
    for (const next of [entries?.[index + 1], entries?.[index + 2]]) {
      if (next === undefined) continue
      const { promptId, place } = next
      void queries.prefetchQuery(orpc.review.item.queryOptions({ input: { promptId, place } }))
    }
  }, [entries, index, queries])
  useEffect(() => {
    const onVisibility = (): void => (document.hidden ? watch.current.pause() : watch.current.resume())
    document.addEventListener('visibilitychange', onVisibility)
    return () => {
      document.removeEventListener('visibilitychange', onVisibility)
      hold()
    }
  }, [hold])

  const decide = useCallback(
    (vote: Vote, words: string) => {
      if (shown === undefined || sides === null) return
      hold()
      const { pair } = shown
      const stored = writes.decide(shown, { ...vote, ...reasoning.for(vote), blind: isHidden && !hasSeen }, watch.current.seconds())
      void stored.then((isStored) => {
        if (!isStored) setSaid({ about: keyOf(shown), text: 'Couldn’t save.' })
        if (!isStored || pair === null) return // the drafts are still drafts
        reasoning.clear(pair.id)
        if (vote.decision === 'edit') keepEditDraft(pair.id, null)
      })
      setWritten(null)
      const judge = isHidden ? ` ${judgesWords(sides, vote)}` : ''
      setSaid({ about: keyOf(shown), text: `${words}.${judge}` })
      if (!isHidden) return goOn()
      setRevealed(keyOf(shown))
      timer.current = window.setTimeout(goOn, revealMs)
    },
    [shown, sides, isHidden, hasSeen, reasoning, writes, goOn, hold],
  )
  const choose = useCallback(
    (better: SideName) => {
      if (sides !== null) decide({ decision: decisionFor(sides, better) }, better === 'left' ? 'A is better' : 'B is better')
    },
    [sides, decide],
  )
  /** Saves manual scores, and reports what happened to the pair. */
  const rescore = useCallback(
    async (scores: ReadonlyMap<number, ManualScore>) => {
      if (shown === undefined) return
      setRevealed(keyOf(shown))
      if (!(await writes.rescore(shown, scores))) return
      const now = queries.getQueryData(orpc.review.item.queryKey({ input: { promptId: shown.promptId, place: shown.place } }))
      if (now !== undefined) setSaid({ about: keyOf(shown), text: `Scores saved. ${pairWords(shown, now)}` })
    },
    [shown, writes, queries],
  )
  const note = useCallback(
    async (about: ReviewItem, text: string) => {
      const isChanged = text.trim() !== (about.notes.at(-1)?.text ?? '')
      if (!isChanged || (await writes.note(about, text))) keepNoteDraft(about.promptId, null)
    },
    [writes],
  )
  const step = useCallback(
    async (direction: 'undo' | 'redo') => {
      hold()
      const stepped = await writes.step(direction)
      if (stepped === undefined) return
      const { promptId, place } = stepped.act
      const where = promptId === null ? null : { promptId, place }
      setSaid({ about: where && keyOf(where), text: stepWords(direction, stepped) })
      setRevealed(null)
      if (where !== null && !isWriting.current) go(where) // a form opened in the meantime stays open
    },
    [hold, writes, go],
  )

  return {
    ...{
      runId,
      queue,
      writes,
      item,
      shown,
      sides,
      isBlind,
      isHidden,
      hasSeen,
      isDiff,
      isListed,
      isGuided,
      isText,
      writing,
      reasoning,
      said,
      decide,
      choose,
      rescore,
      note,
      step,
      hold,
    },
    say: (text: string) => setSaid({ about: key, text }),
    setWriting: (form: Writing) => setWritten(form === null || key === null ? null : { about: key, form }),
    toggleDiff: () => setDiff((before) => !before),
    toggleBlind: () => setBlind((before) => writeFlag('blind', !before)),
    toggleText: () => setText((before) => writeFlag('text', !before)),
    toggleGuidelines: () => setGuided((before) => writeFlag('guidelines', !before)),
    toggleList: () => setListed((before) => writeFlag('list', !before)),
  }
}
export type Desk = ReturnType<typeof useDesk>

/** What manual scores did to a prompt's pair. */
function pairWords({ pair: before }: Pick<ReviewItem, 'pair'>, { pair: now }: Pick<ReviewItem, 'pair'>): string {
  if (now === null) return before === null ? 'The prompt still has no pair.' : 'The prompt no longer has a pair.'
  if (before === null) return 'The prompt now has a pair.'
  if (now.id !== before.id) return 'The prompt now has a different pair.'
  return now.reversed === before.reversed ? 'The pair is unchanged.' : 'Chosen and rejected are swapped.'
}

/** The judge's choice, shown after a blind vote. */
function judgesWords(sides: Sides, { decision }: Vote): string {
  const judge = judgesSide(sides)
  if (judge === null) return 'The judge preferred neither.'
  if (decision !== 'agree' && decision !== 'swap') return `The judge chose ${judge === 'left' ? 'A' : 'B'}.`
  return decisionFor(sides, judge) === decision ? 'The judge agreed.' : `The judge chose ${judge === 'left' ? 'A' : 'B'}.`
}
