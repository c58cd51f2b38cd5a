import { homePaths } from '../../common/home.ts'
import type { Backup } from '../../shared/contract/storage-contract.ts'
import { backupsOf as backupsOfDatabase } from '../../store/database/backups.ts'

/** Backups of the data folder's database, newest first. */
export const backupsOf = (home: string): Backup[] => backupsOfDatabase(homePaths(home).database)
