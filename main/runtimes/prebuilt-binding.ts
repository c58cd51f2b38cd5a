import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { z } from 'zod'
import { onDisk } from '../common/file-identity.ts'
import { type BindingOrder, compileBinding, findCompiler } from './compile-binding.ts'
import { kernelSourcesHash } from './kernel-sources.ts'
import { type Manifest, manifest } from './manifest.ts'
import { selfTest } from './pack-self-test.ts'

/**
 * A prebuilt binding that ships with the package, so that machines without a compiler get a native runtime: `tfjs_binding.node`, and
 * `binding.json` with what it was compiled from. `npm run package` copies it from the packager's own pack (build/runtime).
 */
const described = manifest.pick({ tensorflow: true }).extend({ kernels: manifest.shape.kernels.unwrap().unwrap() })

/** This platform's folder, next to the compiled main (build/main, build/runtime). */
const folder = onDisk(join(import.meta.dirname, '..', '..', 'runtime', `${process.platform}-${process.arch}`))

/** The prebuilt binding's description if it matches, or undefined. */
function fitting(tensorflow: string, place: string): z.infer<typeof described> | undefined {
  try {
    const said = described.parse(JSON.parse(readFileSync(join(place, 'binding.json'), 'utf8')))
    const isOurs = said.tensorflow === tensorflow && said.kernels.sources === kernelSourcesHash()
    return isOurs && existsSync(join(place, 'tfjs_binding.node')) ? said : undefined
  } catch {
    return undefined
  }
}

/** Provide the binding: the prebuilt one if it loads on this machine, otherwise one compiled here. */
export async function makeBinding(
  order: Omit<BindingOrder, 'compiler'>,
  tensorflow: string,
  { place = folder, test = selfTest }: { readonly place?: string; readonly test?: (folder: string) => Promise<unknown> } = {},
): Promise<Manifest['kernels']> {
  const prebuilt = fitting(tensorflow, place)
  if (prebuilt !== undefined) {
    copyFileSync(join(place, 'tfjs_binding.node'), order.output)
    try {
      await test(dirname(order.output))
      return prebuilt.kernels
    } catch (error) {
      order.report(`the prebuilt binding doesn't work on this machine: ${(error as Error).message}`)
      rmSync(order.output)
    }
  }
  const compiler = await findCompiler()
  order.report('compiling the binding')
  return compileBinding({ ...order, compiler })
}

/** Whether a pack can be built without a compiler. */
export const hasPrebuilt = (tensorflow: string, place = folder): boolean => fitting(tensorflow, place) !== undefined
