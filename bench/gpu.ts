/** `npm run bench -- gpu [OPTIONS]` measures the GPU of this machine from the sources; `gpu pack FOLDER` packs what does it elsewhere (gpu.sh). */
const [command, ...rest] = process.argv.slice(2)
if (command === 'pack') await (await import('./gpu/pack.ts')).packFromArguments(rest)
else await (await import('./gpu/gpu-program.ts')).runGpuProgram(process.argv.slice(2))
