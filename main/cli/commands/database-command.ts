import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { recordCheck } from '../../app/system/database-care.ts'
import { homeFolder, homePaths } from '../../common/home.ts'
import { LaurelError } from '../../shared/errors.ts'
import { type Backup, backupsOf } from '../../store/database/backups.ts'
import { checkOf } from '../../store/database/integrity.ts'
import { makeBackup } from '../../store/database/make-backup.ts'
import { recoverDatabase, restoreDatabase } from '../../store/database/repair.ts'

/** `laurel database check | backup | backups | restore | recover`: maintenance of the database. */
export function registerDatabase(program: Command): void {
  const database = program.command('database').description('check, back up, restore, or recover the database of all runs')
  database.command('check').description('check every page, index, and reference').action(check)
  database.command('backup').description('back up the database now, even while it is in use').action(backUp)
  database.command('backups').description('list backups, newest first').option('--json', 'as JSON').action(list)
  database
    .command('restore [backup]')
    .description('restore a backup (default: the newest); the current database is kept next to it under another name')
    .action(restore)
  database
    .command('recover')
    .description('copy all readable rows of a damaged database into a new one; the damaged one is kept next to it under another name')
    .action(recover)
}

const pathOf = (): string => homePaths(homeFolder()).database

/** The database's path. Throws NOT_FOUND if there is no database yet. */
function existing(): string {
  const path = pathOf()
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return path
  throw new LaurelError('NOT_FOUND', `There is no database at ${path}.`, 'Creating the first run creates it.')
}

function check(): void {
  const path = existing()
  const found = checkOf(path)
  if (found.length === 0) process.stdout.write(`${path}: no problems found\n`)
  else {
    process.stdout.write(found.map((line) => `${line}\n`).join(''))
    throw new LaurelError(
      'BAD_INPUT',
      `The database ${path} is damaged (${found.length === 1 ? '1 problem' : `${found.length} problems`}).`,
      'Restore a backup: laurel database restore. Or copy the readable rows: laurel database recover.',
    )
  }
}

function backUp(): void {
  process.stdout.write(`${makeBackup(existing()).path}\n`)
}

function list({ json }: { json?: boolean }): void {
  const backups = backupsOf(pathOf())
  process.stdout.write(json ? `${JSON.stringify(backups, null, 2)}\n` : textOf(backups))
}

const textOf = (backups: readonly Backup[]): string =>
  backups.length === 0
    ? 'There are no backups. Create one: laurel database backup\n'
    : `${backups.map(({ at, bytes, path }) => `${at.slice(0, 16).replace('T', ' ')}  ${Math.ceil(bytes / 1e6)} MB  ${path}\n`).join('')}Restore one: laurel database restore PATH\n`

function restore(backup: string | undefined): void {
  const path = pathOf()
  const known = backupsOf(path).find(({ name }) => name === backup)?.path
  const { backup: used, kept } = restoreDatabase(path, known ?? (backup === undefined ? undefined : resolve(backup)))
  recordCheck(homeFolder(), [])
  process.stdout.write(`restored ${used}\n${kept === null ? '' : `the previous database is kept as ${kept}\n`}`)
}

function recover(): void {
  const { tables, kept } = recoverDatabase(pathOf())
  recordCheck(homeFolder(), [])
  const lines = tables
    .filter(({ rows, hasGaps }) => rows > 0 || hasGaps)
    .map(({ table, rows, hasGaps, dangling }) => {
      const notes = [
        ...(hasGaps ? ["some couldn't be read"] : []),
        ...(dangling > 0 ? [`${dangling} skipped: their parent rows are lost`] : []),
      ]
      return `${table.padEnd(20)} ${rows} rows${notes.length > 0 ? ` (${notes.join('; ')})` : ''}\n`
    })
  process.stdout.write(`${lines.join('')}the damaged database is kept as ${kept}\n`)
}
