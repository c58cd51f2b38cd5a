import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { onDisk } from '../common/file-identity.ts'
import { LaurelError } from '../shared/errors.ts'
import { answers, runCommand } from './command.ts'
import { kernelSources, kernelSourcesHash, kernelVariants } from './kernel-sources.ts'
import type { Manifest } from './manifest.ts'

const language = ['-std=c++17', '-fPIC']

export interface BindingOrder {
  readonly compiler: string
  /** TensorFlow's headers. */
  readonly includes: string
  /** TensorFlow's libraries, which the binding loads from its own folder (`$ORIGIN`). */
  readonly libraries: string
  readonly output: string
  readonly report: (step: string) => void
}

/**
 * Compile tfjs's native binding from the C++ sources in its npm package, together with Laurel's kernels, against TensorFlow's own headers
 * and libraries. Takes about half a minute. If the kernels don't compile, the binding is built without them and is only slower. Returns the
 * manifest's `kernels` entry.
 */
export async function compileBinding({ compiler, includes, libraries, output, report }: BindingOrder): Promise<Manifest['kernels']> {
  const sources = kernelSourcesHash() // hashed before they are read: a change in between is compiled next time
  const objects = mkdtempSync(`${output}.objects-`)
  const compile = async (source: string, flags: readonly string[], name: string): Promise<string> => {
    const object = join(objects, `${name}.o`)
    await runCommand(compiler, [...language, ...flags, `-I${includes}`, '-c', source, '-o', object])
    return object
  }
  try {
    const kernels = compileKernels(compile).catch((error: Error) => {
      report(`continuing without Laurel's kernels, which is slower: ${error.message}`)
      return []
    })
    const compiled = [...(await compileTfjs(compile)), ...(await kernels)]
    await runCommand(compiler, [
      ...['-shared', '-pthread', ...compiled],
      ...[`-L${libraries}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', '-Wl,-rpath,$ORIGIN'],
      ...['-o', output],
    ])
    return { sources, compiled: (await kernels).length > 0 }
  } finally {
    rmSync(objects, { recursive: true, force: true })
  }
}

type Compile = (source: string, flags: readonly string[], name: string) => Promise<string>

function compileTfjs(compile: Compile): Promise<string[]> {
  const { resolve } = createRequire(import.meta.url)
  const binding = onDisk(join(dirname(resolve('@tensorflow/tfjs-node-gpu/package.json')), 'binding'))
  const nodeApi = onDisk(join(dirname(resolve('node-api-headers/package.json')), 'include'))
  const flags = ['-O2', '-DNAPI_VERSION=8', `-I${nodeApi}`, `-I${binding}`]
  return Promise.all(
    [join(binding, 'tfjs_backend.cc'), join(kernelSources, 'binding.cc')].map((source) => compile(source, flags, basename(source, '.cc'))),
  )
}

/**
 * Compile the kernels once per instruction set, and the registration and thread pool once for any processor. Instruction sets that the
 * compiler doesn't support are skipped, as long as one is left.
 */
async function compileKernels(compile: Compile): Promise<string[]> {
  const common = ['register', 'parallel'].map((name) =>
    compile(join(kernelSources, `${name}.cc`), ['-O2', '-fvisibility=hidden', '-DLAUREL_VARIANT=common'], name),
  )
  const variants = kernelVariants().map(({ name, flags }) =>
    compile(join(kernelSources, 'kernels.cc'), [...flags, `-DLAUREL_VARIANT=${name}`], name),
  )
  // settled, so that no compiler is still writing when the folder is removed
  const [always, sets] = await Promise.all([common, variants].map((each) => Promise.allSettled(each)))
  const compiled = sets.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  return [...always.map(resultOf), ...(compiled.length > 0 ? compiled : sets.map(resultOf))]
}

function resultOf<T>(outcome: PromiseSettledResult<T>): T {
  if (outcome.status === 'rejected') throw outcome.reason
  return outcome.value
}

/** A C++ compiler. */
export async function findCompiler(): Promise<string> {
  for (const compiler of ['c++', 'g++', 'clang++']) if (await answers(compiler, ['--version'])) return compiler
  throw new LaurelError('RUNTIME_MISSING', "couldn't find a C++ compiler", 'Install g++ or clang++, then install the pack again.')
}
