import { homePaths } from '../../common/home.ts'
import { backupsOf as backupsOfDatabase } from '../../store/backups.ts'
import type { Backup } from '../contract/storage.ts'

/** Backups of the data folder's database, newest first. */
export const backupsOf = (home: string): Backup[] => backupsOfDatabase(homePaths(home).database)
