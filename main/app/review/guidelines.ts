import { rmSync } from 'node:fs'
import { statOf } from '../../common/file-identity.ts'
import { homePaths } from '../../common/home.ts'
import { readPlainText } from '../../common/read-file.ts'
import { replaceFile } from '../../common/replace-file.ts'

/** Longest file that is read, bytes. */
const largest = 1 << 20

/** What reviewers go by: a Markdown file in the data folder, so that it can also be written with an editor or copied. */
export function reviewGuidelines(home: string) {
  const file = homePaths(home).reviewGuidelines
  return {
    /** '': none are written. */
    read: (): string => (statOf(file) === undefined ? '' : readPlainText(file, largest)),
    write(text: string): void {
      if (text.trim() === '') rmSync(file, { force: true })
      else replaceFile(file, `${text.trimEnd()}\n`)
    },
  }
}
