/**
 * Environment of an engine process. An allow-list, so that variables for other programs (NODE_OPTIONS, LD_PRELOAD, tokens, passwords) don't
 * reach it. Passed on: variables that TensorFlow and its libraries read, and `LAUREL_KERNELS`.
 */
const allowedNames = new Set([
  ...[
    'PATH',
    'HOME',
    'USER',
    'LOGNAME',
    'LANG',
    'TZ',
    'TMPDIR',
    'TEMP',
    'TMP',
    'SYSTEMROOT',
    'WINDIR',
    'APPDATA',
    'LOCALAPPDATA',
    'USERPROFILE',
  ],
  ...['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'XDG_RUNTIME_DIR', 'XDG_DATA_HOME', 'XDG_CACHE_HOME', 'DISPLAY', 'WAYLAND_DISPLAY'],
  ...['LAUREL_HOME', 'LAUREL_KERNELS', 'NODE_V8_COVERAGE'],
])
const allowedPrefixes = ['LC_', 'CUDA_', 'NVIDIA_', 'TF_', 'XLA_', 'ONEDNN_', 'DNNL_', 'OMP_', 'KMP_', 'MALLOC_', 'VK_', 'DAWN_']

/** Environment of an engine with this many threads (undefined: one per processor). TensorFlow reads it while loading. */
export function engineEnvironment(env: NodeJS.ProcessEnv, threads?: number): NodeJS.ProcessEnv {
  const allowed = Object.entries(env).filter(([name]) => isAllowed(name.toUpperCase()))
  const count = threads === undefined ? {} : { TF_NUM_INTRAOP_THREADS: String(threads), OMP_NUM_THREADS: String(threads) }
  return { TF_CPP_MIN_LOG_LEVEL: '2', ...Object.fromEntries(allowed), ...count }
}

const isAllowed = (name: string): boolean => allowedNames.has(name) || allowedPrefixes.some((prefix) => name.startsWith(prefix))
