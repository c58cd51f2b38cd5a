import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { LaurelError } from '../common/errors.ts'
import { answers, runCommand } from './command.ts'
import { kernelSources } from './kernel-sources.ts'

const shared = ['-std=c++17', '-fPIC']
/** A NaN stays a NaN; what is given up is only errno and the order of floating-point traps. */
const kernelFlags = ['-O3', '-fno-math-errno', '-fno-trapping-math', '-fvisibility=hidden', '-Wno-psabi']

/** Instruction sets that the kernels are compiled for; which is used is decided when the binding is loaded (register.cc). */
const variants: Readonly<Record<string, readonly string[]>> =
  process.arch === 'x64'
    ? {
        x86_v3: ['-mavx2', '-mfma'],
        x86_v4: ['-mavx2', '-mfma', '-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl'],
      }
    : { portable: [] }

/**
 * Compile tfjs's native binding from the C++ sources in its npm package, and Laurel's kernels with it, against TensorFlow's
 * own headers and libraries. It finds the libraries beside itself (`$ORIGIN`). Takes some seconds. Throws RUNTIME_MISSING
 * where there is no compiler.
 */
export async function compileBinding(compiler: string, includes: string, libraries: string, output: string): Promise<void> {
  const { resolve } = createRequire(import.meta.url)
  const binding = join(dirname(resolve('@tensorflow/tfjs-node-gpu/package.json')), 'binding')
  const nodeApi = join(dirname(resolve('node-api-headers/package.json')), 'include')
  const objects = mkdtempSync(`${output}.objects-`)
  const compile = async (source: string, flags: readonly string[], name: string): Promise<string> => {
    const object = join(objects, `${name}.o`)
    await runCommand(compiler, [...shared, ...flags, `-I${includes}`, '-c', source, '-o', object])
    return object
  }
  const tfjs = (name: string) => compile(join(binding, `${name}.cc`), ['-O2', '-DNAPI_VERSION=8', `-I${nodeApi}`], name)
  const kernel = (name: string) => compile(join(kernelSources, `${name}.cc`), [...kernelFlags, '-DLAUREL_VARIANT=common'], name)
  try {
    const compiled = await Promise.all([
      ...['tfjs_backend', 'tfjs_binding'].map(tfjs),
      ...['register', 'parallel'].map(kernel),
      ...Object.entries(variants).map(([variant, flags]) =>
        compile(join(kernelSources, 'kernels.cc'), [...kernelFlags, ...flags, `-DLAUREL_VARIANT=${variant}`], variant),
      ),
    ])
    await runCommand(compiler, [
      ...['-shared', '-pthread', ...compiled],
      ...[`-L${libraries}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', '-Wl,-rpath,$ORIGIN'],
      ...['-o', output],
    ])
  } finally {
    rmSync(objects, { recursive: true, force: true })
  }
}

/** A C++ compiler. */
export async function findCompiler(): Promise<string> {
  for (const compiler of ['c++', 'g++', 'clang++']) if (await answers(compiler, ['--version'])) return compiler
  throw new LaurelError('RUNTIME_MISSING', 'no C++ compiler was found', 'Install g++ or clang++, then run `laurel runtime install cpu`.')
}
