import { type Command, Option } from 'commander'
import { examine } from '../../app/system/diagnostics.ts'
import { type ReplayTrial, replayText, tryReplay } from '../../app/system/try-replay.ts'
import { homeFolder } from '../../common/home.ts'
import { startLocalEngine } from '../../engine/hosts/local-process.ts'
import { usableRuntime } from '../../runtimes/find.ts'
import { gpuText } from '../../shared/device-text.ts'
import { type BackendName, backendName } from '../../shared/engine-protocol.ts'
import { LaurelError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { type ExaminationDocument, examinationDocument } from '../examination-document.ts'
import { integer } from '../options.ts'
import { laurelVersion } from '../version.ts'

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this machine: compute backend and speed, and missing parts with how to install them')
    .option('--json', 'as JSON')
    .option('--replay', "also time a training step operation by operation, as TensorFlow's functions, and with XLA (some minutes)")
    .addOption(new Option('--backend <name>', 'backend to check (default: the fastest available)').choices(backendName.options))
    .option('--threads <n>', 'processor threads (default: all)', integer(1, limits.threads))
    .action(doctor)
}

interface DoctorOptions {
  readonly json?: boolean
  readonly replay?: boolean
  readonly backend?: BackendName
  readonly threads?: number
}

async function doctor({ json, replay, ...options }: DoctorOptions): Promise<void> {
  const home = homeFolder()
  const startEngine = () => startLocalEngine({ home, precision: 'auto', ...options })
  const examination = examinationDocument(home, await examine({ home, version: laurelVersion(), startEngine, measure: true }))
  const trial = replay ? await timesOfReplay(home, examination) : null
  if (json) process.stdout.write(`${JSON.stringify({ ...examination, ...(trial && { replay: trial }) }, null, 2)}\n`)
  else process.stdout.write(`${report(examination)}${trial ? `replay     ${replayText(trial)}\n` : ''}`)
  if (examination.backend === null) process.exitCode = 1
}

/** In the precision that `auto` chooses here. Throws RUNTIME_MISSING without a pack. */
function timesOfReplay(home: string, { precision, gpus }: ExaminationDocument): Promise<ReplayTrial> {
  const runtime = usableRuntime(home)
  if (runtime === null) {
    const kind = gpus.some(({ tensorflow }) => tensorflow) ? 'cuda' : 'cpu'
    throw new LaurelError('RUNTIME_MISSING', 'no runtime pack is installed', `Install one: \`laurel runtime install ${kind}\`.`)
  }
  return tryReplay(runtime.folder, precision?.auto ?? 'float32')
}

function report({
  laurel,
  node,
  backend,
  library,
  device,
  threads,
  matmul,
  precision,
  processor,
  gpus,
  webgpu,
  choice,
  memory,
  disk,
  runtimes,
  problems,
}: ExaminationDocument) {
  const gflops = (value: number | null) => (value === null ? 'not possible' : `${Math.round(value)} GFLOP/s`)
  const rows: [string, string][] = [
    ['Laurel', `${laurel}, Node ${node}`],
    [
      'backend',
      backend === null ? 'no backend starts' : `${backend} ${library}, ${device}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    ],
    ['matmul', matmul === null ? 'not measured' : `float32 ${gflops(matmul.float32_gflops)}, bfloat16 ${gflops(matmul.bfloat16_gflops)}`],
    ['precision', precision === null ? 'float32' : `${precision.auto}: ${precision.reason}`],
    ['processor', `${processor.model}, ${processor.count}`],
    ['GPU', gpuText(gpus, webgpu)],
    ...(choice === null ? [] : [['choice', choice] satisfies [string, string]]),
    ['memory', `${memory.free_gb} of ${memory.total_gb} GB free`],
    ['disk', `${disk.free_gb} GB free at ${disk.folder}`],
    ['runtimes', runtimes.length === 0 ? 'none installed' : runtimes.map((runtime) => `${runtime.name} (${runtime.state})`).join(', ')],
  ]
  const table = rows.map(([name, value]) => `${name.padEnd(10)} ${value}\n`).join('')
  const ending = problems.map(({ problem, remedy }) => `! ${problem}\n  ${remedy}\n`).join('')
  return `${table}${ending === '' ? 'Nothing is missing.\n' : ending}`
}
