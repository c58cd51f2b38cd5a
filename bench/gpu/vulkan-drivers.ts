import { existsSync, readdirSync } from 'node:fs'

/** Where Vulkan's loader looks by itself, and where containers have NVIDIA's driver instead. */
const known = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/etc/share/vulkan/icd.d']
const mounted = ['/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json', '/usr/local/nvidia/vulkan/icd.d/nvidia_icd.json']

const chosenIn = (env: NodeJS.ProcessEnv): string | undefined => env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES

/** The files that describe drivers to Vulkan's loader. */
export function vulkanManifests(env: NodeJS.ProcessEnv = process.env): string[] {
  const chosen = chosenIn(env)
  if (chosen) return chosen.split(':')
  return known.flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => `${folder}/${name}`) : []))
}

/** Variables that show Vulkan's loader a driver that it wouldn't find. The user's own choice takes precedence. */
export function vulkanDrivers(env: NodeJS.ProcessEnv = process.env, exists: (path: string) => boolean = existsSync): NodeJS.ProcessEnv {
  if (chosenIn(env)) return {}
  const isFound = known.some((folder) => exists(folder) && readdirSync(folder).some((name) => name.startsWith('nvidia')))
  const file = mounted.find(exists)
  return isFound || file === undefined ? {} : { VK_DRIVER_FILES: file }
}
