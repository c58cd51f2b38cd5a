/**
 * The environment of an engine process: an allow-list, so that what is set for other programs (NODE_OPTIONS, LD_PRELOAD, tokens and
 * passwords) does not reach it. What TensorFlow and its libraries read does, and which of Laurel's kernels may be used (`LAUREL_KERNELS`).
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

/** The environment for an engine with so many threads (undefined: one for each processor). TensorFlow reads it as it loads. */
export function engineEnvironment(env: NodeJS.ProcessEnv, threads?: number): NodeJS.ProcessEnv {
  const allowed = Object.entries(env).filter(([name]) => isAllowed(name.toUpperCase()))
  const count = threads === undefined ? {} : { TF_NUM_INTRAOP_THREADS: String(threads), OMP_NUM_THREADS: String(threads) }
  return { TF_CPP_MIN_LOG_LEVEL: '2', ...Object.fromEntries(allowed), ...count }
}

const isAllowed = (name: string): boolean => allowedNames.has(name) || allowedPrefixes.some((prefix) => name.startsWith(prefix))
