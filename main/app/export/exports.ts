import { statSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { replaceFile } from '../../common/replace-file.ts'
import { refuseOwnPlace } from '../../common/resources.ts'
import { meaningOf } from '../../data/exporters/column-meanings.ts'
import { isBinary, textOf, writeDataFile } from '../../data/exporters/data-file.ts'
import { dataSetInfo, dataSetName } from '../../data/exporters/llama-factory.ts'
import { isByUser } from '../../loop/preferences/pair-rules.ts'
import { outcomesOf } from '../../loop/preferences/training-pairs.ts'
import type { Exportable, ExportChoice, ExportSummary } from '../../shared/contract/export-contract.ts'
import { badInput } from '../../shared/errors.ts'
import { reviewReason } from '../../shared/review-reasons.ts'
import type { Span } from '../../store/database/span.ts'
import type { Store } from '../../store/store.ts'
import type { ReviewRow } from '../../store/tables/reviews-table.ts'
import { absolutePath } from '../system/file-browser.ts'
import { type ExportFile, exportFile } from './export-file.ts'
import { runCard } from './run-card.ts'
import { iterationsOf, type RunSource } from './run-rows.ts'

/** Characters in the preview, and per piece of text sent to a page. */
const characters = { shown: 1500, piece: 256 * 1024 }

/** Exports of a run: pairs, examples, judgements, reviews, answers, and metrics. */
export function runExports(store: Store, home: string) {
  const sourceOf = (id: string): RunSource => ({ store, run: store.runs.resolve(id) })
  let kept: { readonly key: string; readonly file: ExportFile } | undefined

  /** The file for a choice. Caches the last one's columns and count until the store changes, since a preview usually precedes the export. */
  function fileOf(choice: ExportChoice): ExportFile {
    const key = JSON.stringify([store.maintenance.version(), choice])
    if (kept?.key !== key) kept = { key, file: exportFile(sourceOf(choice.run), choice) }
    return kept.file
  }

  return {
    exportable(id: string): Exportable {
      const source = sourceOf(id)
      const { run } = source
      const models = store.models.ofRun(run.id).map(({ name }) => name)
      const answers = store.answers.counts(run.id).filter(({ purpose }) => purpose === 'head-to-head')
      return {
        iterations: iterationsOf(source).map((iteration) => ({
          iteration,
          pairs: store.counts.pairs(run.id, iteration) + store.judgePairs.count(run.id, iteration),
          reviewed: countOf(outcomesOf({ store, runId: run.id, iteration }, reviewedIn(source, iteration)), ({ because }) =>
            isByUser(because),
          ),
          judgements: store.counts.judgements(run.id, iteration).judgements,
        })),
        ift: store.examples.count(run.id, 'ift'),
        eft: store.examples.count(run.id, 'eft'),
        answers: models.flatMap((model) => answers.filter((one) => one.model === model).map(({ count }) => ({ model, count }))),
        trainings: models.filter((model) => store.trainings.find(run.id, model) !== undefined),
      }
    },

    summary(choice: ExportChoice): ExportSummary {
      const file = fileOf(choice)
      const { table, fileName, entry } = file
      return {
        rows: table.count,
        fileName,
        columns: table.columns.map(({ name }) => ({
          name,
          meaning: meaningOf(name) || (choice.what === 'metrics' ? 'metric, named as in TRL' : ''),
        })),
        beginning: beginningOf(choice, file),
        companion:
          entry === null ? null : { fileName: 'dataset_info.json', text: JSON.stringify({ [dataSetName(fileName)]: entry }, null, 2) },
        notes: notesOf(store, choice, file),
      }
    },

    /** Writes the file and its data card; each appears complete or not at all. */
    write(choice: ExportChoice, path: string): { path: string; rows: number; bytes: number; card: string | null } {
      const place = absolutePath(path)
      refuseOwnPlace(home, place)
      const file = fileOf(choice)
      const isPlain = statSync(place, { throwIfNoEntry: false })?.isFile() ?? true // a pipe has no folder for companions
      const info = file.entry === null || !isPlain ? undefined : dataSetInfo(place, file.entry)
      writeDataFile(place, choice.form, file.table)
      if (info !== undefined) replaceFile(info.path, info.text)
      const card = isPlain ? join(dirname(place), `${basename(place, extname(place))}.card.md`) : null
      if (card !== null) replaceFile(card, runCard(sourceOf(choice.run), choice, file, place, notesOf(store, choice, file)))
      return { path: place, rows: file.table.count, bytes: statSync(place).size, card }
    },

    *text(choice: ExportChoice): Generator<string> {
      if (isBinary(choice.form)) throw badInput(`A ${choice.form} file isn't text.`, 'Export it to a file, or choose another format.')
      let piece = ''
      for (const part of textOf(choice.form, fileOf(choice).table)) {
        piece += part
        if (piece.length < characters.piece) continue
        yield piece
        piece = ''
      }
      yield piece
    },
  }
}
export type RunExports = ReturnType<typeof runExports>

/** The first rows; of a file that isn't text, as JSON. */
function beginningOf({ form }: ExportChoice, { table }: ExportFile): string {
  let beginning = ''
  for (const piece of textOf(isBinary(form) ? 'jsonl' : form, table)) {
    beginning += piece
    if (beginning.length > characters.shown) return `${beginning.slice(0, characters.shown)}…`
  }
  return beginning
}

/** Explains rows of reviews, which far outnumber the reviewed pairs. */
function reviewNote({ table }: ExportFile): string {
  const counting = countOf(table.rows(), (row) => row.counts === true)
  return `Each row is one review action: a decision, a score by hand, or a note. ${counting} of the ${table.count} rows count now; the others are superseded or undone, as the “state” column shows.`
}

/** How often reviewers named each reason, if they named any. */
function reasonNotes(reviews: readonly Pick<ReviewRow, 'reasons'>[]): string[] {
  const counts = reviewReason.options.flatMap((reason) => {
    const n = countOf(reviews, ({ reasons }) => reasons.includes(reason))
    return n === 0 ? [] : [{ reason, n }]
  })
  if (counts.length === 0) return []
  const explained = countOf(reviews, ({ reasons }) => reasons.length > 0)
  const shares = counts.sort((a, b) => b.n - a.n).map(({ reason, n }) => `${reason} ${n}`)
  return [`Reviewers gave reasons for ${explained} of ${reviews.length} decisions: ${shares.join(', ')}.`]
}

/** The prompts of an iteration that users have reviewed, each as a span. */
const reviewedIn = ({ store, run }: RunSource, iteration: number): Span[] =>
  store.reviewQueue.reviewed(run.id).flatMap((promptId) => {
    const prompt = store.prompts.find(promptId)
    return prompt?.iteration === iteration ? [{ from: prompt.position, to: prompt.position + 1 }] : []
  })

/** The decisions behind some iterations' pairs, of those only that train if wanted, and how many pairs are left out. */
function reviewsBehind({ store, run }: RunSource, iterations: readonly number[], onlyTraining: boolean) {
  const reviews: ReviewRow[] = []
  let [undecided, dropped] = [0, 0]
  for (const iteration of iterations) {
    for (const { because, trains, review } of outcomesOf({ store, runId: run.id, iteration })) {
      if (because === 'undecided') undecided++
      else if (trains === undefined) dropped++
      if (review !== undefined && (trains !== undefined || !onlyTraining)) reviews.push(review)
    }
  }
  return { undecided, dropped, reviews }
}

function notesOf(store: Store, { run, what, form, pairs }: ExportChoice, file: ExportFile): string[] {
  const source = { store, run: store.runs.resolve(run) }
  const notes: string[] = []
  if (source.run.status !== 'finished') notes.push('The run isn’t finished: the file contains only the data so far.')
  const isReviewed = what === 'reviews' || (what === 'pairs' && pairs === 'reviewed')
  const { undecided, dropped, reviews } = reviewsBehind(source, isReviewed ? iterationsOf(source) : [], what === 'pairs')
  if (what === 'reviews') notes.push(reviewNote(file))
  if (what === 'pairs') {
    if (undecided > 0) notes.push(`${undecided} pairs that no user has decided are left out, as in training.`)
    if (dropped > 0) notes.push(`${dropped} pairs that users called a tie or both bad, or scored equally, are left out, as in training.`)
  }
  notes.push(...reasonNotes(reviews))
  const judgePairs =
    what === 'pairs' ? countOf(file.table.rows(), ({ judge }) => typeof judge === 'string' && judge.endsWith(', meta-judge')) : 0
  if (judgePairs > 0) notes.push(`${judgePairs} rows are judge pairs: their prompt is a judge prompt, and their scores are Elo points.`)
  if (form === 'llama-factory' && what === 'pairs') notes.push('Its loader ignores the columns of rewards, judge, and review.')
  return notes
}

function countOf<T>(rows: Iterable<T>, counts: (row: T) => boolean): number {
  let count = 0
  for (const row of rows) if (counts(row)) count++
  return count
}
