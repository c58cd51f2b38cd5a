import http from 'node:http'

/** Has requests go through the proxy that the environment names (HTTPS_PROXY, NO_PROXY). Older versions of Node do so only with NODE_USE_ENV_PROXY=1. */
export function honorProxies(): void {
  if ('setGlobalProxyFromEnv' in http) http.setGlobalProxyFromEnv()
}
