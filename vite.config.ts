import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The window: built into static files that Electron's app:// protocol and `laurel serve` hand out alike. */
export default defineConfig({
  root: 'renderer',
  base: '/',
  plugins: [react()],
  build: {
    outDir: '../build/renderer',
    emptyOutDir: true,
    target: 'chrome140',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the content security policy allows files alone
  },
})
