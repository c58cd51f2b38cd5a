import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { homeFolder } from '../../common/home.ts'
import { bytesText } from '../../common/numbers.ts'
import { getModel } from '../../models/hub/get-model.ts'
import { filesToGet, type HubFile, type HubModel, lookUp } from '../../models/hub/hub-listing.ts'
import { hubSettings, parseHubName } from '../../models/hub/hub-settings.ts'
import { badInput, stopped } from '../../shared/errors.ts'
import { listenForInterrupt } from '../exit.ts'
import { progressLine } from '../progress.ts'
import { registerExport } from './export-command.ts'

const about = `
HF_TOKEN gives access to gated models, HF_ENDPOINT names a mirror, HF_HUB_OFFLINE=1 forbids fetching anything, and HTTPS_PROXY
names a proxy. A download that was stopped continues with the same command.`

export function registerModel(program: Command): void {
  const model = program.command('model').description('download and export models')
  model
    .command('get')
    .description('download a model from Hugging Face into the data folder, and print its path')
    .argument('<name>', 'OWNER/NAME, with @REVISION for another one than main')
    .option('--file <name>', 'a GGUF file, if the repository has several or other weights too')
    .option('--accept-license', "don't ask whether the license is accepted")
    .addHelpText('after', about)
    .action(get)
  registerExport(model)
}

async function get(name: string, { file, acceptLicense = false }: { file?: string; acceptLicense?: boolean }): Promise<void> {
  const interrupt = listenForInterrupt()
  const access = { ...hubSettings(), signal: interrupt.signal }
  try {
    const model = await lookUp(parseHubName(name), access)
    const files = filesToGet(model, file)
    process.stderr.write(describe(model, files))
    if (!acceptLicense) await mustAccept(interrupt.signal)
    const megabytes = (bytes: number): number => Math.round(bytes / 1e6)
    const line = progressLine('megabytes', megabytes(files.reduce((sum, { bytes }) => sum + bytes, 0)))
    const onProgress = ({ file, done }: { file: string; done: number }): void => line.update(megabytes(done), file)
    const path = await getModel({ home: homeFolder(), model, files, access, onProgress })
    line.finish('complete, and as the Hub names it')
    process.stdout.write(`${path}\n`)
  } finally {
    interrupt.dispose()
  }
}

function describe({ repository, commit, license }: HubModel, files: readonly HubFile[]): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const terms = license === null ? "The model's card names no license: its page says who may use it." : `License: ${license}.`
  return `${repository} at ${commit.slice(0, 8)}: ${files.length === 1 ? files[0].path : `${files.length} files`}, ${bytesText(bytes)}\n${terms}\n`
}

/** Asks in a terminal; a script has to say so. */
async function mustAccept(signal: AbortSignal): Promise<void> {
  if (!process.stdin.isTTY) throw badInput('The license must be accepted.', 'Read it, then add --accept-license.')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await lines.question('Accept the license and download? [y/N] ', { signal }).catch(() => {
      throw stopped()
    })
    if (!/^y(es)?$/i.test(answer.trim())) throw stopped()
  } finally {
    lines.close()
  }
}
