import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { exportModel } from '../../app/models/export.ts'
import { modelAt, mustWork } from '../../app/models/model-library.ts'
import { locateModel } from '../../models/locate-model.ts'
import type { ExportCheck } from '../../shared/contract/models-contract.ts'
import { type ExportForm, type ExportPrecision, exportForms, exportPrecisions, precisionsOf } from '../../shared/export-forms.ts'
import { addEngineOptions, type EngineOptions, withEngine } from '../options.ts'
import { type Progress, progressLine } from '../progress.ts'
import { laurelVersion } from '../version.ts'

interface ExportOptions extends EngineOptions {
  readonly model: string
  readonly to: ExportForm
  readonly weights?: string
  readonly output: string
}

const about = `
hugging-face  a folder for transformers, vLLM, and llama.cpp's converter; weights as-is (a copy), f32, bf16, or f16
gguf          a file for llama.cpp and Ollama; weights f16, bf16, q8_0, or f32
adapter       the LoRA adapters of the model's training, for PEFT

The new folder also gets a README, and for Ollama a Modelfile with the chat template and every stop token. Afterwards the copy is loaded,
and its log-probabilities are compared with the original's.`

export function registerExport(model: Command): void {
  const command = model
    .command('export')
    .description('write a model in another form, and check that it computes the same')
    .requiredOption('--model <path>', 'a Hugging Face folder or a GGUF file')
    .addOption(new Option('--to <form>', 'the form').choices(exportForms).makeOptionMandatory())
    .addOption(
      new Option('--weights <precision>', 'precision of the weights (default: the first of the list below)').choices(
        exportPrecisions.map((precision) => precision.toLowerCase()),
      ),
    )
    .requiredOption('--output <folder>', "a new folder, which mustn't exist yet")
    .addHelpText('after', about)
  addEngineOptions(command).action(run)
}

async function run({ model: path, to, weights, output, ...options }: ExportOptions): Promise<void> {
  const model = mustWork(await modelAt(resolve(locateModel(path, '--model'))))
  const usual = precisionsOf[to].find((precision) => precision !== 'as-is' || model.format === 'hugging-face') as ExportPrecision
  const precision = exportPrecisions.find((known) => known.toLowerCase() === weights) ?? usual
  await withEngine(options, async ({ engine, signal }) => {
    const wanted = { model, run: null, form: to, precision, folder: resolve(output), laurel: laurelVersion() }
    let line: Progress | undefined
    for await (const event of exportModel({ use: (work) => work(engine) }, wanted, signal)) {
      if (event.kind === 'copying') {
        line ??= progressLine('megabytes', megabytes(event.total))
        line.update(megabytes(event.bytes))
      }
      if (event.kind !== 'done') continue
      line?.finish(checkText(event.check))
      process.stdout.write(`${event.folder}\n`)
    }
  })
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6)

function checkText(check: ExportCheck | null): string {
  if (check === null) return 'written; there is no tokenizer to compare it by'
  const { tokens, meanDifference, largestDifference, tolerance } = check
  if (largestDifference === 0) return `written and compared: the log-probabilities of ${tokens} tokens are the same, bit by bit`
  return `written and compared: log-probabilities of ${tokens} tokens differ by ${meanDifference.toPrecision(2)} on average (at most ${tolerance} is expected), ${largestDifference.toPrecision(2)} at most`
}
