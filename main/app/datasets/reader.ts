import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { statOf } from '../../common/file-identity.ts'
import { writeJsonLines } from '../../common/jsonl.ts'
import { writeFolder } from '../../common/write-folder.ts'
import { type ImportOptions, importFile } from '../../data/import-file.ts'
import { type Imported, normalizedRows, promptKey } from '../../data/imported.ts'
import { columnsOf } from '../../data/mapped-rows.ts'
import { sourceRows } from '../../data/sources/row-source.ts'
import type { Engine } from '../../engine/hosts/engine.ts'
import type { DataRow, FileReport, ReadingChoice } from '../../shared/contract/datasets-contract.ts'
import type { FileColumn } from '../../shared/data-mapping.ts'
import type { SftRow } from '../../shared/engine-protocol.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { RowTokens } from '../../shared/training-rows.ts'
import { dataRows, rowHolds, shortRow } from './dataset-rows.ts'
import { type DataSetDocument, documentName } from './document.ts'
import { reportOf } from './import-report.ts'

/** A file, and what its content doesn't say; null: as detected. */
export interface FileToRead extends Omit<ReadingChoice, 'source'> {
  readonly path: string
}

interface NewDataSet {
  readonly file: FileToRead
  /** The data set's new folder, which must not exist yet. */
  readonly folder: string
  readonly name: string
  /** Name of the rows file, which recipes show. */
  readonly rowsFile: string
  readonly source: string
}

/**
 * Reads data files and answers questions about them. Runs in its own thread (`worker.ts`): a large file takes seconds, and one that is too
 * large ends only this thread. Caches the last file, since questions come in series.
 */
export function dataReader() {
  let kept: { key: string; imported: Imported; rows: Omit<DataRow, 'index'>[] } | undefined

  async function read({ path, ...choice }: FileToRead) {
    const stats = statOf(path)
    const key = JSON.stringify([path, choice, stats?.mtimeMs, stats?.size])
    if (kept?.key !== key) {
      kept = undefined // two large files in memory may be too much
      const imported = await importFile(path, optionsOf(choice))
      kept = { key, imported, rows: dataRows(imported) }
    }
    return kept
  }

  return {
    async report({ file, heldOut }: { file: FileToRead; heldOut: readonly string[] }): Promise<FileReport> {
      const { imported } = await read(file)
      return reportOf(imported, bytesAt(file.path), new Set(heldOut.map(promptKey)))
    },

    /** A file's columns, whatever its rows are. */
    async columns({ path, ...choice }: Pick<FileToRead, 'path' | 'split' | 'encoding'>): Promise<FileColumn[]> {
      const { rows } = await sourceRows(path, optionsOf(choice))
      return columnsOf(rows)
    },

    /** Rows from `offset` on that contain `search`, with truncated texts. */
    async rows({ file, offset, limit, search }: { file: FileToRead; offset: number; limit: number; search: string }) {
      const { rows } = await read(file)
      const wanted = search.trim().toLowerCase()
      const found = rows.map((row, index) => ({ ...row, index })).filter((row) => wanted === '' || rowHolds(row, wanted))
      return { total: found.length, rows: found.slice(offset, offset + limit).map(shortRow) }
    },

    async row({ file, index }: { file: FileToRead; index: number }): Promise<DataRow> {
      const row = (await read(file)).rows[index]
      if (row === undefined) throw new LaurelError('NOT_FOUND', `There is no row ${index}.`, 'Reopen the data set.')
      return { ...row, index }
    },

    /** The first rows, in full. */
    async first({ file, count }: { file: FileToRead; count: number }): Promise<DataRow[]> {
      return (await read(file)).rows.slice(0, count).map((row, index) => ({ ...row, index }))
    },

    /** Creates a data set from a file: the rows in Laurel's format, and their metadata. */
    async make({ file, folder, name, rowsFile, source }: NewDataSet): Promise<void> {
      const { imported } = await read(file)
      const { kind, uses, counts } = reportOf(imported, 0, new Set())
      writeFolder(folder, {
        bytes: bytesAt(file.path),
        mayReplace: () => false,
        fill(temporary) {
          const place = join(temporary, rowsFile)
          writeJsonLines(place, normalizedRows(imported))
          const document: DataSetDocument = {
            ...{ version: 1, name, source, rowsFile, kind, uses, counts, format: imported.format },
            ...{ bytes: statSync(place).size, importedAt: new Date().toISOString() },
          }
          writeFileSync(join(temporary, documentName), `${JSON.stringify(document, null, 2)}\n`)
        },
      })
    },
  }
}
export type DataReader = ReturnType<typeof dataReader>

/** Without what is to be detected. */
const optionsOf = (choice: Partial<Omit<FileToRead, 'path'>>): ImportOptions =>
  Object.fromEntries(Object.entries(choice).filter(([, value]) => value !== null))

/** The size of a file, or of everything in a folder. */
const bytesAt = (path: string): number =>
  statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, encoding: 'utf8' }).reduce((sum, name) => sum + (statOf(join(path, name))?.size ?? 0), 0)
    : statSync(path).size

/** Longer rows are truncated, as in training. */
const maxLength = 2048

/**
 * Rows as training sees them, token by token, with each token's loss weight. Pairs and ranked answers show their sides one after the other.
 */
export async function tokenView(engine: Engine, model: string, rows: readonly DataRow[]): Promise<{ label: string; row: RowTokens }[]> {
  const sides = rows.flatMap(({ index, prompt, conversation, answers }) =>
    answers.slice(0, 2).map(({ role, rank, text }) => ({
      label: `row ${index + 1}, ${rank === null ? role : `rank ${rank}`}`,
      row: { prompt: conversation ?? [{ role: 'user', content: prompt }], completion: [{ role: 'assistant', content: text }] } as SftRow,
    })),
  )
  if (sides.length === 0) return []
  const tokens = await engine.rowTokens({ model, rows: sides.map(({ row }) => row), maxLength, promptWeight: 0 })
  return sides.map(({ label }, i) => ({ label, row: tokens[i] }))
}
