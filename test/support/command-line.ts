import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { modelFolderFiles } from '../../main/demo/write-model-files.ts'
import { saveModel } from '../../main/engine/model/formats/safetensors/save-model.ts'
import { repositoryFile } from './shared.ts'
import { randomTensors, tinyConfig, tinyModel } from './tiny-model.ts'

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder for a test file's inputs and outputs, in which the `laurel` command runs. */
export function commandLine() {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-cli-'))
  const path = (name: string): string => join(folder, name)

  /** Start a command; returns its process and a promise of its end. */
  function start(...args: string[]): { child: ChildProcess; finished: Promise<Finished> } {
    const child = spawn(process.execPath, [repositoryFile('main/cli/laurel.ts'), ...args], {
      cwd: folder,
      env: { ...process.env, LAUREL_HOME: path('home') },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const output = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output.stderr += text
    })
    return { child, finished: once(child, 'close').then(([code]) => ({ code, ...output })) }
  }

  return {
    path,
    start,
    run: (...args: string[]): Promise<Finished> => start(...args).finished,
    writeRows: (name: string, rows: readonly unknown[]) =>
      writeFileSync(path(name), rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
    readRows: <T = Record<string, unknown>>(name: string): T[] =>
      readFileSync(path(name), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A random model without a tokenizer. */
export const saveIdModel = (folder: string): void => saveModel(folder, tinyModel())

/** A random model with a character tokenizer and a chat template, and enough context for a judge prompt. */
export function saveTextModel(folder: string): void {
  const configJson = { ...tinyConfig, vocab_size: 104, max_position_embeddings: 4096 }
  const files = modelFolderFiles()
  const tokenizerFiles = new Map([...files].filter(([name]) => name.startsWith('tokenizer')))
  saveModel(folder, tinyModel({ configJson, tokenizerFiles, tensors: randomTensors(configJson) }))
}
