import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, createWriteStream, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'vite'
import { badInput, LaurelError } from '../../main/shared/errors.ts'
import { machineFacts } from '../harness/machine.ts'
import { runProgram } from '../harness/program.ts'

/** Of a packed folder. A machine that is lent for a few minutes takes no more. */
export const MOST_BYTES = 64e6

const root = join(import.meta.dirname, '..', '..')

/** Vulkan's loader, and what NVIDIA's driver loads besides itself: bare machines may have neither. */
const loaders = [
  ...['libvulkan.so.1', 'libEGL.so.1', 'libGLX.so.0', 'libGLdispatch.so.0', 'libX11.so.6', 'libXext.so.6', 'libxcb.so.1'],
  ...['libXau.so.6', 'libXdmcp.so.6', 'libbsd.so.0', 'libmd.so.0'],
]

/** Packs from a command line; prints the folder's size. */
export async function packFromArguments(args: readonly string[]): Promise<void> {
  await runProgram(async () => {
    const [folder, level] = argumentsOf(args)
    const bytes = await pack(folder, level)
    process.stdout.write(
      `${folder}: ${(bytes / 1e6).toFixed(1)} MB of at most ${MOST_BYTES / 1e6}. There: bash ${basename(folder)}/gpu.sh run ${basename(folder)}\n`,
    )
  })
}

function argumentsOf(args: readonly string[]): [folder: string, level: number] {
  const { values, positionals } = parseArgs({ args: [...args], options: { level: { type: 'string' } }, allowPositionals: true })
  const level = Number(values.level ?? 9)
  const remedy = 'Give an empty or new folder: bench/gpu.sh pack FOLDER [--level 0..9].'
  if (positionals.length !== 1) throw badInput(`pack needs one folder, not ${positionals.length}`, remedy)
  if (!Number.isInteger(level) || level < 0 || level > 9) throw badInput(`--level ${values.level}: not from 0 to 9`, remedy)
  return [resolve(positionals[0]), level]
}

/** Put what `gpu.sh run` needs into a folder. `level`: of compression. Returns its size in bytes. Throws BAD_INPUT if it is too large. */
export async function pack(folder: string, level: number): Promise<number> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new LaurelError(
      'UNSUPPORTED',
      `a folder packed on ${process.platform}-${process.arch} can't run on a Linux machine`,
      'Pack on x86-64 Linux.',
    )
  }
  mkdirSync(folder, { recursive: true })
  if (readdirSync(folder).length > 0) throw badInput(`${folder} isn't empty`, 'Give an empty or new folder.')
  const work = mkdtempSync(join(tmpdir(), 'laurel-pack-'))
  try {
    const webgpu = dirname(createRequire(import.meta.url).resolve('webgpu'))
    await Promise.all([
      compressed(stripped(process.execPath, work), join(folder, 'node.xz'), level),
      compressed(stripped(join(webgpu, 'dist/linux-x64/dawn.node'), work), join(folder, 'dawn.node.xz'), level),
      bundle(work).then((file) => compressed(file, join(folder, 'gpu-program.js.xz'), level)),
    ])
    mkdirSync(join(folder, 'node_modules/webgpu'), { recursive: true })
    for (const name of ['index.js', 'package.json']) copyFileSync(join(webgpu, name), join(folder, 'node_modules/webgpu', name))
    cpSync(join(root, 'test/fixtures/zoo'), join(folder, 'models'), { recursive: true })
    cpSync(join(import.meta.dirname, 'peers'), join(folder, 'peers'), { recursive: true, filter: (path) => !path.includes('__pycache__') })
    copyFileSync(join(root, 'bench/gpu.sh'), join(folder, 'gpu.sh'))
    copyLoaders(join(folder, 'lib'))
    writeFileSync(join(folder, 'laurel.txt'), machineFacts().laurel)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  const bytes = sizeOf(folder)
  if (bytes > MOST_BYTES)
    throw badInput(`${folder} has ${(bytes / 1e6).toFixed(1)} MB, more than ${MOST_BYTES / 1e6}`, 'Use a higher --level.')
  return bytes
}

/** A copy without symbols, which are a fifth of Node. */
function stripped(program: string, work: string): string {
  const copy = join(work, basename(program))
  try {
    execFileSync('strip', ['-o', copy, program])
    return copy
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return program // no binutils: larger, but it works
    throw error
  }
}

async function compressed(file: string, target: string, level: number): Promise<void> {
  const { spawn } = await import('node:child_process')
  const xz = spawn('xz', ['-c', '-T1', `-${level}`, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  xz.stdout.pipe(createWriteStream(target))
  await new Promise<void>((done, fail) => {
    xz.once('error', fail)
    xz.once('close', (code) => (code === 0 ? done() : fail(new Error(`xz ended with ${code}`))))
  })
}

/** The measuring program with everything that it imports, except Dawn's binary. */
async function bundle(work: string): Promise<string> {
  await build({
    ...{ root, configFile: false, logLevel: 'error' },
    ssr: { noExternal: true, external: ['webgpu'] },
    build: {
      ...{ ssr: join(import.meta.dirname, 'gpu-program.ts'), outDir: work, emptyOutDir: false, minify: false, target: 'node24' },
      rolldownOptions: { output: { entryFileNames: 'gpu-program.js', codeSplitting: false } },
    },
  })
  return join(work, 'gpu-program.js')
}

function copyLoaders(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const known = execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' })
  for (const name of loaders) {
    const path = known
      .split('\n')
      .find((line) => line.trim().startsWith(`${name} `) && line.includes('x86-64'))
      ?.split(' => ')[1]
    if (path) copyFileSync(path, join(folder, name))
  }
}

const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
