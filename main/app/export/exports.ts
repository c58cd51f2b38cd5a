import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseDocument } from '../../common/json-document.ts'
import { openReplacement, replaceFile } from '../../common/replace-file.ts'
import { refuseOwnPlace } from '../../common/resources.ts'
import { isByUser } from '../../loop/preferences/pair-rules.ts'
import { outcomesOf } from '../../loop/preferences/training-pairs.ts'
import type { Exportable, ExportChoice, ExportSummary } from '../../shared/contract/export-contract.ts'
import { badInput } from '../../shared/errors.ts'
import type { Store } from '../../store/store.ts'
import { absolutePath } from '../system/file-browser.ts'
import { describeColumns } from './columns.ts'
import { type ExportFile, exportFile } from './export-file.ts'
import { iterationsOf, type RunSource } from './run-rows.ts'

/** Characters in the preview, and per piece of text sent to a page. */
const characters = { shown: 1500, piece: 256 * 1024 }

/** Exports of a run: pairs, examples, judgements, reviews, answers, and metrics. */
export function runExports(store: Store, home: string) {
  const sourceOf = (id: string): RunSource => ({ store, run: store.runs.resolve(id) })
  let kept: { readonly key: string; readonly file: ExportFile } | undefined

  /** The file for a choice. Caches the last one until the store changes, since a preview usually precedes the export. */
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
          reviewed: outcomesOf({ store, runId: run.id, iteration }).filter(({ because }) => isByUser(because)).length,
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
      const { rows, fileName, columns, entry } = file
      return {
        rows: rows.length,
        fileName,
        columns: describeColumns(columns, choice.what),
        beginning: beginningOf(file),
        companion: entry === null ? null : { fileName: 'dataset_info.json', text: JSON.stringify({ [nameOf(fileName)]: entry }, null, 2) },
        notes: notesOf(store, choice, rows),
      }
    },

    /** Writes the file; it appears complete or not at all. */
    write(choice: ExportChoice, path: string): { path: string; rows: number; bytes: number } {
      const place = absolutePath(path)
      refuseOwnPlace(home, place)
      const file = fileOf(choice)
      const companion = file.entry === null ? undefined : companionOf(place, choice, file)
      const replacement = openReplacement(place)
      try {
        for (const piece of file.text()) replacement.write(piece)
      } catch (error) {
        replacement.discard()
        throw error
      }
      replacement.commit()
      if (companion !== undefined) replaceFile(companion.path, companion.text)
      return { path: place, rows: file.rows.length, bytes: statSync(place).size }
    },

    *text(choice: ExportChoice): Generator<string> {
      let piece = ''
      for (const part of fileOf(choice).text()) {
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

function beginningOf(file: ExportFile): string {
  let beginning = ''
  for (const piece of file.text()) {
    beginning += piece
    if (beginning.length > characters.shown) return `${beginning.slice(0, characters.shown)}…`
  }
  return beginning
}

/** Explains rows of reviews, which far outnumber the reviewed pairs. */
function reviewNote(rows: readonly object[]): string {
  const counting = rows.filter((row) => 'counts' in row && row.counts === true).length
  return `Each row is one review action: a decision, a score by hand, or a note. ${counting} of the ${rows.length} rows count now; the others are superseded or undone, as the “state” column shows.`
}

function notesOf(store: Store, { run, what, form, pairs }: ExportChoice, rows: readonly object[]): string[] {
  const { status, id } = store.runs.resolve(run)
  const notes: string[] = []
  if (status !== 'finished') notes.push('The run isn’t finished: the file contains only the data so far.')
  if (what === 'pairs' && pairs === 'reviewed') {
    const outcomes = iterationsOf({ store, run: store.runs.resolve(id) }).flatMap((iteration) =>
      outcomesOf({ store, runId: id, iteration }),
    )
    const undecided = outcomes.filter(({ because }) => because === 'undecided').length
    const dropped = outcomes.filter(({ trains }) => trains === undefined).length - undecided
    if (undecided > 0) notes.push(`${undecided} pairs that no user has decided are left out, as in training.`)
    if (dropped > 0) notes.push(`${dropped} pairs that users called a tie or both bad, or scored equally, are left out, as in training.`)
  }
  const judgePairs = rows.filter((row) => 'judge' in row && typeof row.judge === 'string' && row.judge.endsWith(', meta-judge')).length
  if (judgePairs > 0) notes.push(`${judgePairs} rows are judge pairs: their prompt is a judge prompt, and their scores are Elo points.`)
  if (what === 'reviews') notes.push(reviewNote(rows))
  if (form === 'llama-factory' && what === 'pairs')
    notes.push('This format has no columns for rewards, judge, or reviewer. Notes are kept.')
  return notes
}

const nameOf = (fileName: string): string => basename(fileName).replace(/\.json$/, '')

/** The dataset_info.json next to the file, with the new entry added to the existing ones. */
function companionOf(place: string, { what }: ExportChoice, { entry }: ExportFile): { path: string; text: string } {
  const path = join(dirname(place), 'dataset_info.json')
  const named = { ...entry, file_name: basename(place) }
  const present: unknown = existsSync(path) ? parsed(path) : {}
  if (typeof present !== 'object' || present === null || Array.isArray(present)) {
    throw badInput(
      `Couldn't add an entry for the ${what} to ${path}: it must contain a JSON object of data sets.`,
      'Fix the file, or export to another folder.',
    )
  }
  return { path, text: `${JSON.stringify({ ...present, [nameOf(place)]: named }, null, 2)}\n` }
}

function parsed(path: string): unknown {
  try {
    return parseDocument(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
