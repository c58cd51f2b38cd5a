import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { z } from 'zod'
import { onDisk } from '../common/on-disk.ts'
import { type BindingOrder, compileBinding, findCompiler } from './compile-binding.ts'
import { kernelSourcesHash } from './kernel-sources.ts'
import { type Manifest, manifest } from './manifest.ts'
import { selfTest } from './self-test.ts'

/**
 * A binding that came with an installed Laurel, so that a machine without a compiler can have a native runtime: `tfjs_binding.node`, and
 * `binding.json` that says what it was compiled from. `npm run package` puts it there (build/runtime) from the packager's own pack.
 */
const described = manifest.pick({ tensorflow: true }).extend({ kernels: manifest.shape.kernels.unwrap().unwrap() })

/** The folder of this platform's, beside the compiled main (build/main, build/runtime). */
const folder = onDisk(join(import.meta.dirname, '..', '..', 'runtime', `${process.platform}-${process.arch}`))

/** What the prebuilt binding says of itself, where there is one that fits; undefined where none does. */
function fitting(tensorflow: string, place: string): z.infer<typeof described> | undefined {
  try {
    const said = described.parse(JSON.parse(readFileSync(join(place, 'binding.json'), 'utf8')))
    const isOurs = said.tensorflow === tensorflow && said.kernels.sources === kernelSourcesHash()
    return isOurs && existsSync(join(place, 'tfjs_binding.node')) ? said : undefined
  } catch {
    return undefined
  }
}

/** Puts a binding in place: the one that came along where it fits this machine, else one that is compiled here. */
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
      order.report(`the binding that came with Laurel does not do here: ${(error as Error).message}`)
      rmSync(order.output)
    }
  }
  const compiler = await findCompiler()
  order.report('compiling the binding')
  return compileBinding({ ...order, compiler })
}

/** Whether a pack can be made without a compiler. */
export const hasPrebuilt = (tensorflow: string, place = folder): boolean => fitting(tensorflow, place) !== undefined
