import { Argument, type Command } from 'commander'
import { homeFolder } from '../../common/home.ts'
import { findRuntime } from '../../runtimes/find.ts'
import { installRuntime } from '../../runtimes/install.ts'
import { type InstalledRuntime, lastFailure, listRuntimes } from '../../runtimes/list.ts'
import { type RuntimeKind, runtimeKind } from '../../shared/enums.ts'

export function registerRuntime(program: Command): void {
  const runtime = program.command('runtime').description('install and list native runtime packs')
  runtime
    .command('install')
    .description(
      'download, compile, and test a runtime pack (cuda: on Linux, for NVIDIA GPUs from GTX 10 to Hopper; an RTX 50 computes with WebGPU)',
    )
    .addArgument(new Argument('<kind>', 'kind of runtime pack').choices(runtimeKind.options))
    .action(install)
  runtime
    .command('list')
    .description('list the runtime packs in the data folder')
    .option('--json', 'as JSON')
    .action(({ json }: { json?: boolean }) => list(json === true))
}

async function install(kind: RuntimeKind): Promise<void> {
  const { tensorflow, files } = await installRuntime(homeFolder(), kind, (step) => void process.stderr.write(`${step}\n`))
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  process.stderr.write(`installed: ${kind}, TensorFlow ${tensorflow}, ${megabytes(bytes)}\n`)
}

function list(json: boolean): void {
  const home = homeFolder()
  const used = findRuntime(home)?.name
  const rows = listRuntimes(home).map((runtime) => describe(runtime, used))
  if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
  else process.stdout.write(rows.length === 0 ? nothing(home) : `${rows.map(line).join('\n')}\n`)
}

const describe = ({ name, root, bytes, state }: InstalledRuntime, used: string | undefined) => ({
  name,
  folder: root,
  used: name === used,
  ...(typeof state === 'string'
    ? { damaged: state, kind: null, tensorflow: null, source: null, created: null, bytes: null }
    : { damaged: null, kind: state.kind, tensorflow: state.tensorflow, source: state.source, created: state.created, bytes }),
})

function line({ name, used, damaged, tensorflow, source, created, bytes, folder }: ReturnType<typeof describe>): string {
  const about = damaged ? `damaged: ${damaged}` : `TensorFlow ${tensorflow} (${source}), ${megabytes(bytes ?? 0)}, ${created?.slice(0, 10)}`
  return `${used ? '*' : ' '} ${name.padEnd(6)} ${about}  ${folder}`
}

function nothing(home: string): string {
  const failures = runtimeKind.options.flatMap((kind) => lastFailure(home, kind) ?? [])
  const reasons = failures.map(({ kind, at, reason }) => `${kind} failed on ${at.slice(0, 10)}: ${reason}\n`)
  return `No runtime pack is installed. Install one: laurel runtime install cpu\n${reasons.join('')}`
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
