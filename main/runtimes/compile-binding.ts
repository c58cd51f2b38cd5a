import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { LaurelError } from '../common/errors.ts'
import { answers, runCommand } from './command.ts'

/**
 * Compile tfjs's native binding from the C++ sources in its npm package against TensorFlow's own headers and libraries.
 * It finds the libraries beside itself (`$ORIGIN`). Takes some seconds. Throws RUNTIME_MISSING where there is no compiler.
 */
export async function compileBinding(compiler: string, includes: string, libraries: string, output: string): Promise<void> {
  const { resolve } = createRequire(import.meta.url)
  const binding = join(dirname(resolve('@tensorflow/tfjs-node-gpu/package.json')), 'binding')
  const nodeApi = join(dirname(resolve('node-api-headers/package.json')), 'include')
  await runCommand(compiler, [
    ...['-O2', '-std=c++17', '-shared', '-fPIC', '-DNAPI_VERSION=8'],
    ...[`-I${nodeApi}`, `-I${includes}`],
    ...[join(binding, 'tfjs_backend.cc'), join(binding, 'tfjs_binding.cc')],
    ...[`-L${libraries}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', '-Wl,-rpath,$ORIGIN'],
    ...['-o', output],
  ])
}

/** A C++ compiler. */
export async function findCompiler(): Promise<string> {
  for (const compiler of ['c++', 'g++', 'clang++']) if (await answers(compiler, ['--version'])) return compiler
  throw new LaurelError('RUNTIME_MISSING', 'no C++ compiler was found', 'Install g++ or clang++, then run `laurel runtime install cpu`.')
}
