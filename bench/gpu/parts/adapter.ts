import { deviceNeeds, deviceOf, requestAdapter } from '../../../main/engine/backends/webgpu-adapter.ts'
import { printLine, printNote } from '../part-output.ts'
import type { AdapterFacts } from '../report-schema.ts'
import { vulkanManifests } from '../vulkan-drivers.ts'

/** The adapter's own description of itself. A device is made too, since a driver may refuse what it offers. */
export async function describeAdapter(): Promise<void> {
  printNote(`Vulkan drivers: ${vulkanManifests().join(', ') || 'none'}`) // why there is no adapter, if there is none
  const { adapter } = await requestAdapter()
  const { vendor, architecture } = adapter.info
  printLine({
    adapter: {
      ...{ ...deviceOf(adapter.info), vendor, architecture },
      features: [...adapter.features].toSorted(),
      limits: limitsOf(adapter.limits),
      subgroupMatrixConfigs: subgroupMatricesOf(adapter.info),
    },
  })
  const { requiredFeatures } = deviceNeeds(adapter)
  const device = await adapter.requestDevice(deviceNeeds(adapter))
  printNote(`a device with ${requiredFeatures.length > 0 ? requiredFeatures.join(', ') : 'no feature'} was made`)
  device.destroy()
}

/** A limit is a getter of the prototype. */
function limitsOf(limits: GPUSupportedLimits): Record<string, number> {
  const names = Object.keys(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(limits)))
  const values = Object.entries(limits as unknown as Record<string, unknown>)
  const read = names.map((name) => [name, (limits as unknown as Record<string, unknown>)[name]] as const)
  return Object.fromEntries([...values, ...read].filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
}

/** Dawn's extension, which the types don't know. */
function subgroupMatricesOf(info: GPUAdapterInfo): AdapterFacts['subgroupMatrixConfigs'] {
  const { subgroupMatrixConfigs } = info as { readonly subgroupMatrixConfigs?: readonly Record<string, string | number>[] }
  return [...(subgroupMatrixConfigs ?? [])].map((config) => {
    const { M, N, K, componentType, resultComponentType } = config
    return { M, N, K, componentType, resultComponentType }
  })
}
