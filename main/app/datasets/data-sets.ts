import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { homePaths } from '../../common/home.ts'
import { shapeOf } from '../../data/mapped-rows.ts'
import type { DataRow, DataSet, FileReport, ReadingChoice } from '../../shared/contract/datasets-contract.ts'
import { dashed } from '../../shared/dashed.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import type { Store } from '../../store/store.ts'
import { absolutePath } from '../system/file-browser.ts'
import { type DataSetDocument, dataSetDocument, documentName } from './document.ts'
import { rememberedMappings } from './mappings.ts'
import type { DataReader, FileToRead } from './reader.ts'
import { filesOfRuns, type RunFiles } from './run-files.ts'
import { type ShippedData, shippedData } from './shipped.ts'
import type { Uploads } from './uploads.ts'

/** A file as it is, without a choice. */
const asDetected = { format: null, split: null, encoding: null, mapping: null }

interface DataSetsOptions {
  readonly home: string
  readonly store: Store
  readonly reader: DataReader
  readonly uploads: Uploads
  /** Files that the runs' recipes use; read from the store by default. */
  readonly runFiles?: () => Promise<readonly RunFiles[]>
}

/** The data library: data sets that ship with Laurel and those imported into the data folder. */
export function dataSets({ home, store, reader, uploads, runFiles = async () => filesOfRuns(store) }: DataSetsOptions) {
  const usersNow = async (): Promise<Users> => usersAmong(await runFiles())
  const folder = homePaths(home).dataSets
  const shippedReports = new Map<string, Promise<FileReport>>() // they never change while Laurel runs

  const mappings = rememberedMappings(home)

  function located({ source, ...choice }: ReadingChoice): { file: FileToRead; name: string } {
    const { path, name } = 'upload' in source ? uploads.file(source.upload) : named(absolutePath(source.path))
    return { file: { path, ...choice }, name }
  }

  async function shipped(data: ShippedData, users: Users): Promise<DataSet> {
    const report = shippedReports.get(data.id) ?? reader.report({ file: { path: data.path, ...asDetected }, heldOut: [] })
    shippedReports.set(data.id, report)
    const { kind, uses, counts, bytes } = await report
    return { ...data, origin: 'shipped', kind, uses, counts, bytes, importedAt: null, usedBy: users(data.path) }
  }

  function imported(id: string, users: Users): DataSet | undefined {
    const document = readDocument(join(folder, id))
    if (document === undefined) return undefined
    const { name, source, kind, uses, counts, bytes, importedAt, rowsFile } = document
    const path = join(folder, id, rowsFile)
    return { id, name, origin: 'imported', path, kind, uses, counts, bytes, source, importedAt, usedBy: users(path) }
  }

  async function find(id: string): Promise<DataSet> {
    const users = await usersNow()
    const data = shippedData.find((one) => one.id === id)
    const found = data === undefined ? isId(id) && imported(id, users) : await shipped(data, users)
    if (found) return found
    throw new LaurelError('NOT_FOUND', `There is no data set ${id}.`, 'It may have been deleted. Reload the list.')
  }

  const fileOf = async (id: string): Promise<FileToRead> => ({ path: (await find(id)).path, ...asDetected })

  /** Throws BAD_INPUT if it ships with Laurel, and BUSY if an unfinished run uses it. */
  async function mustBeRemovable(id: string): Promise<void> {
    const { origin, name, usedBy } = await find(id)
    if (origin === 'shipped') throw badInput(`${name} ships with Laurel.`, 'Data sets that ship with Laurel can’t be deleted.')
    const user = usedBy.find(({ isOver }) => !isOver)
    if (user !== undefined) {
      throw new LaurelError('BUSY', `Run ${user.name} (${user.id}) isn't finished and uses it.`, 'Finish or remove that run first.')
    }
  }

  return {
    async list(): Promise<DataSet[]> {
      const users = await usersNow()
      const own = idsIn(folder).flatMap((id) => imported(id, users) ?? [])
      own.sort((a, b) => (b.importedAt ?? '').localeCompare(a.importedAt ?? ''))
      return [...(await Promise.all(shippedData.map((data) => shipped(data, users)))), ...own]
    },

    async preview(choice: ReadingChoice): Promise<FileReport & { name: string; isNameTaken: boolean }> {
      const { file, name } = located(choice)
      const report = await reader.report({ file, heldOut: store.examples.heldOut() })
      const suggested = name.replace(/(\.(jsonl?|csv|tsv|ndjson|txt|parquet))?(\.(gz|zst))?$/i, '').slice(0, 60)
      return { ...report, name: suggested, isNameTaken: existsSync(join(folder, idOf(suggested))) }
    },

    async columns(choice: Pick<ReadingChoice, 'source' | 'split' | 'encoding'>) {
      const { file } = located({ ...asDetected, ...choice })
      const columns = await reader.columns(file)
      return { columns, remembered: mappings.of(shapeOf(columns)) }
    },

    first: (choice: ReadingChoice, count: number): Promise<DataRow[]> => reader.first({ file: located(choice).file, count }),

    async import(choice: ReadingChoice & { name: string }): Promise<DataSet> {
      const { file, name: fileName } = located(choice)
      const id = idOf(choice.name)
      if (id === '') throw badInput(`"${choice.name}" must contain a letter or digit.`, 'Choose another name.')
      if (existsSync(join(folder, id)))
        throw badInput(`A data set named ${choice.name} already exists.`, 'Choose another name, or remove the existing one.')
      const source = 'upload' in choice.source ? `${fileName} (uploaded in the browser)` : file.path
      await reader.make({ file, folder: join(folder, id), name: choice.name.trim(), rowsFile: `${id}.jsonl`, source })
      if (choice.mapping !== null) mappings.keep(shapeOf(await reader.columns(file)), choice.mapping)
      if ('upload' in choice.source) uploads.drop(choice.source.upload)
      return find(id)
    },

    rows: async ({ id, ...asked }: { id: string; offset: number; limit: number; search: string }) =>
      reader.rows({ file: await fileOf(id), ...asked }),

    row: async ({ id, index }: { id: string; index: number }): Promise<DataRow> => reader.row({ file: await fileOf(id), index }),

    mustBeRemovable,

    /** Renames the folder before deleting it, so that a process that ends in between leaves no half set. */
    async remove(id: string): Promise<void> {
      await mustBeRemovable(id)
      const aside = join(folder, `${id}.tmp-${process.pid}-removed`)
      renameSync(join(folder, id), aside)
      rmSync(aside, { recursive: true, force: true })
    },
  }
}
export type DataSets = ReturnType<typeof dataSets>

/** A data set's folder name: its name in lowercase letters and digits. */
export const idOf = (name: string): string =>
  dashed(name.normalize('NFKD').replace(/\p{M}/gu, ''))
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)

const isId = (id: string): boolean => id !== '' && idOf(id) === id

const named = (path: string): { path: string; name: string } => ({ path, name: basename(path) })

const idsIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).filter(isId) : [])

function readDocument(folder: string): DataSetDocument | undefined {
  try {
    const document = dataSetDocument.parse(JSON.parse(readFileSync(join(folder, documentName), 'utf8')))
    return statSync(join(folder, document.rowsFile)).isFile() ? document : undefined
  } catch {
    return undefined // not an imported data set, or a damaged one
  }
}

type Users = (path: string) => DataSet['usedBy']

/** Runs whose recipe uses a file. */
const usersAmong =
  (runs: readonly RunFiles[]): Users =>
  (path) =>
    runs.filter(({ files }) => files.includes(resolve(path))).map(({ id, name, isOver }) => ({ id, name, isOver }))
