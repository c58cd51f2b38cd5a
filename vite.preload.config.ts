import { defineConfig } from 'vite'

/** The preload script: one CommonJS file, because a sandboxed one may load nothing but Electron. */
export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'build/preload',
    emptyOutDir: true,
    target: 'chrome140',
    minify: false,
    lib: { entry: 'preload/preload.ts', formats: ['cjs'], fileName: () => 'preload.cjs' },
    rolldownOptions: { external: ['electron'] },
  },
})
