#!/usr/bin/env bash
# Measure everything about this machine's GPU in one call, offline, in at most nine minutes (docs/benchmarks.md).
#   bench/gpu.sh [OPTIONS]              from the sources, with this checkout's packages
#   bench/gpu.sh pack FOLDER            put what a bare Linux machine needs into a folder of at most 64 MB
#   FOLDER/gpu.sh run FOLDER [OPTIONS]  there, without Node and without a network
set -euo pipefail

unpack() { # FILE.xz TARGET
  if command -v xz >/dev/null; then xz -dc "$1" >"$2"
  else python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), open(sys.argv[2], "wb"))' "$1" "$2"; fi
}

if [ "${1-}" != run ]; then
  LAUREL_NO_SETUP=1 exec node "$(dirname "${BASH_SOURCE[0]}")/../laurel" bench gpu "$@"
fi

folder=$(cd "$2" && pwd)
shift 2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cp -r "$folder"/models "$folder"/peers "$folder"/node_modules "$folder"/laurel.txt "$place"
mkdir -p "$place/lib" "$place/node_modules/webgpu/dist/linux-x64"
unpack "$folder/node.xz" "$place/node" && chmod +x "$place/node"
unpack "$folder/dawn.node.xz" "$place/node_modules/webgpu/dist/linux-x64/dawn.node"
unpack "$folder/gpu-program.js.xz" "$place/gpu-program.js"
# Vulkan's loader and what NVIDIA's driver loads, where the machine has none of its own; the driver itself, where a container has mounted it.
present=$(ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null || true)
for library in "$folder"/lib/*; do
  [ -e "$library" ] || continue
  case "$present" in *"$(basename "$library") "*) ;; *) cp "$library" "$place/lib" ;; esac
done
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$place/lib:/usr/local/nvidia/lib64:/usr/local/nvidia/lib"
"$place/node" "$place/gpu-program.js" run "$@"
