import { constants, copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { giveSharedMode, makeFolder } from '../../../common/private-files.ts'
import { replaceFile } from '../../../common/replace-file.ts'
import { temporaryBeside } from '../../../common/temporary-names.ts'
import { badInput, LaurelError } from '../../../shared/errors.ts'
import { protocolFolder } from './cluster-protocol.ts'

/** Where the cluster and this machine find the same files. */
export interface StoragePlace {
  /** As the cluster's nodes see it: a path, or any URL that fsspec understands (`s3://bucket/laurel`). */
  readonly storage: string
  /** The same place as this machine sees it, if that differs: a mounted bucket, say. */
  readonly folder?: string | undefined
}

/** This machine's folder of a storage. Throws BAD_INPUT if there is none. */
export function storageFolder({ storage, folder }: StoragePlace): string {
  const own = folder ?? (storage.startsWith('file://') ? fileURLToPath(storage) : storage)
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(own)) {
    throw badInput(
      `${own} is a URL, and this machine reaches the cluster's storage through a folder.`,
      'Mount the bucket here (rclone or gcsfuse, with the options in docs/cluster.md), and set the folder it is mounted at.',
    )
  }
  if (!existsSync(own)) throw new LaurelError('NOT_FOUND', `${own}: there is no such folder.`, 'Mount the storage of the cluster there.')
  return join(own, protocolFolder)
}

/** Shared storage as this machine sees it. Files appear whole and never change; their modes are those of the user's umask, for other users on the cluster. */
export function sharedStorage(folder: string) {
  const path = (name: string): string => join(folder, ...name.split('/'))
  function fill(name: string, write: (temporary: string) => void): void {
    makeFolder(dirname(path(name)))
    const temporary = temporaryBeside(path(name))
    write(temporary)
    giveSharedMode(temporary, 'file', path(name))
    renameSync(temporary, path(name))
  }
  return {
    path,
    exists: (name: string): boolean => existsSync(path(name)),

    /** Names in a folder, sorted. */
    names(name: string): string[] {
      if (!existsSync(path(name))) return []
      return readdirSync(path(name)).sort()
    },

    write: (name: string, text: string): void => replaceFile(path(name), text),

    readText: (name: string): string => readFileSync(path(name), 'utf8'),

    /** A file's content. Undefined if there is no such file. */
    read<Value>(name: string, schema: z.ZodType<Value>): Value | undefined {
      if (!existsSync(path(name))) return undefined
      return schema.parse(JSON.parse(readFileSync(path(name), 'utf8')))
    },

    /** Has a file written under a temporary name. */
    fill,

    /** Copies a file into the storage, cheaply where the file system shares blocks. */
    copyIn: (source: string, name: string): void => fill(name, (temporary) => copyFileSync(source, temporary, constants.COPYFILE_FICLONE)),

    remove: (name: string): void => rmSync(path(name), { recursive: true, force: true }),
  }
}
export type SharedStorage = ReturnType<typeof sharedStorage>
