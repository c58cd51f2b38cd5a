import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { importFile } from '../../main/data/import-file.ts'
import type { Imported } from '../../main/data/imported.ts'

/** Writes files into a folder that is removed after a test file's tests. */
export function temporaryFiles() {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-data-'))
  afterAll(() => rmSync(folder, { recursive: true }), 120_000)
  let count = 0
  const write = (content: string | Uint8Array, ending = '.jsonl'): string => {
    const path = join(folder, `${count++}${ending}`)
    writeFileSync(path, content)
    return path
  }
  return {
    folder,
    write,
    /** Rows as JSON Lines, imported. */
    lines: (...rows: readonly unknown[]): Promise<Imported> => importFile(write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))),
    /** A file's content, imported. */
    content: (content: string | Uint8Array, ending?: string): Promise<Imported> => importFile(write(content, ending)),
  }
}

/** Lines of unused rows, with the reason. */
export const reasons = (rows: Imported['rejected']): string[] => rows.map(({ line, reason }) => `${line}: ${reason}`)
