import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../main/common/replace-file.ts'
import { replaceBlock } from './harness/document-block.ts'
import { type DryModel, dryModels } from './harness/dry-models.ts'
import { type DeviceFigures, dryWebgpuDecodeStep, dryWebgpuDpoStep, type Programs } from './harness/dry-webgpu.ts'
import { type DryFigures, dryDecodeStep, dryDpoStep, drySizes } from './harness/dry-work.ts'
import { machineFacts } from './harness/machine.ts'
import { parseOptions } from './harness/options.ts'
import { runProgram } from './harness/program.ts'
import { markdownTable, rounded } from './harness/table.ts'

/** `npm run bench -- dry`: nothing is measured, so there are no rounds, and other work on the machine doesn't matter. */

const title = 'What replayed plain kernels ask of a GPU, counted without one.'

type Rows = Record<string, DryFigures>

async function rowsOf(model: DryModel, sizes: typeof drySizes): Promise<Rows> {
  const full = await dryDpoStep(model, 'full', 'bfloat16', sizes)
  const lora = await dryDpoStep(model, 'lora', 'bfloat16', sizes)
  return {
    [`${model}, DPO step: forward, backward`]: full.gradients,
    [`${model}, DPO step: norm, AdamW`]: full.optimizer,
    [`${model}, DPO step of adapters: forward, backward`]: lora.gradients,
    [`${model}, DPO step of adapters: norm, AdamW`]: lora.optimizer,
    [`${model}, decoding step`]: await dryDecodeStep(model, 'bfloat16', sizes),
  }
}

function markdown(rows: Rows, sizes: typeof drySizes): string {
  const whole = (value: number): string => value.toLocaleString('en-GB')
  const cells = ({ operations, kernels, uploads, intCopies, intCopiesBack, downloads, waits, moved, peak }: DryFigures): string[] => [
    ...[operations, kernels, uploads].map(whole),
    intCopiesBack > 0 ? `${whole(intCopies)} (${whole(intCopiesBack)})` : whole(intCopies),
    ...[downloads, waits].map(whole),
    ...[moved, peak].map((bytes) => rounded(bytes / 1e9)),
  ]
  const header = ['work', 'operations', 'kernels', 'uploads', 'int32 copies (back)', 'downloads', 'waits', 'GB moved', 'peak, GB']
  const table = markdownTable(
    header,
    Object.entries(rows).map(([name, figures]) => [name, ...cells(figures)]),
  )
  const { pairs, prompt, chosen, rejected, sequences, text } = sizes
  const step = `${pairs} ${pairs === 1 ? 'pair' : 'pairs'} (prompt ${prompt}, responses ${chosen} and ${rejected} tokens)`
  return [title, '', table, '', `bfloat16; a DPO step has ${step}, a decoding step ${sequences} sequences of ${text} tokens.`].join('\n')
}

const deviceTitle =
  "What a WebGPU device is asked to do, counted without one: with Laurel's shaders, and in brackets with tfjs's operations."

const deviceWork = ['DPO step: forward, backward', 'DPO step: norm, AdamW', 'decoding step'] as const

async function deviceRows(programs: Programs, sizes: typeof drySizes): Promise<DeviceFigures[]> {
  const { gradients, optimizer } = await dryWebgpuDpoStep(programs, 'SmolLM2-135M', 'full', 'float32', sizes)
  return [gradients, optimizer, await dryWebgpuDecodeStep(programs, 'SmolLM2-135M', 'float32', sizes)]
}

function deviceMarkdown(own: readonly DeviceFigures[], plain: readonly DeviceFigures[]): string {
  const both = (i: number, key: keyof DeviceFigures) => `${own[i][key].toLocaleString('en-GB')} (${plain[i][key].toLocaleString('en-GB')})`
  const table = markdownTable(
    ['work', 'dispatches', 'uploads', 'submissions', 'downloads', 'peak, GB'],
    deviceWork.map((work, i) => [
      `SmolLM2-135M, ${work}`,
      ...(['dispatches', 'uploads', 'submissions', 'downloads'] as const).map((key) => both(i, key)),
      `${rounded(own[i].peak / 1e9)} (${rounded(plain[i].peak / 1e9)})`,
    ]),
  )
  return [deviceTitle, '', table, '', 'float32; sizes as above.'].join('\n')
}

await runProgram(async () => {
  const { sizes, isDefault, write } = parseOptions(process.argv.slice(2), drySizes)
  const rows: Rows = {}
  for (const model of Object.keys(dryModels) as DryModel[]) Object.assign(rows, await rowsOf(model, sizes))
  const [own, plain] = [await deviceRows('shaders', sizes), await deviceRows('operations', sizes)]
  const [text, deviceText] = [markdown(rows, sizes), deviceMarkdown(own, plain)]
  process.stdout.write(`${text}\n\n${deviceText}\n`)
  if (isDefault || write) {
    const [results, document] = [join(import.meta.dirname, 'results'), join(import.meta.dirname, '..', 'docs', 'benchmarks.md')]
    mkdirSync(results, { recursive: true })
    const content = {
      name: 'dry',
      title,
      date: new Date().toISOString(),
      laurel: machineFacts().laurel,
      sizes,
      rows,
      webgpu: { work: deviceWork, shaders: own, operations: plain },
    }
    replaceFile(join(results, 'dry.json'), `${JSON.stringify(content, null, 2)}\n`)
    replaceFile(document, replaceBlock(replaceBlock(readFileSync(document, 'utf8'), 'dry', text), 'dry-webgpu', deviceText))
    process.stderr.write('written to bench/results/dry.json and docs/benchmarks.md\n')
  }
})
