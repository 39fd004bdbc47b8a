#!/usr/bin/env bash
# Installs the Debian packages whose libraries the bpy wheels link, where they are missing.
# As root or with sudo it installs them; otherwise it prints the command to run.
set -euo pipefail

# package:library
needed="
libgl1:libGL.so.1 libsm6:libSM.so.6 libice6:libICE.so.6 libx11-6:libX11.so.6 libxext6:libXext.so.6
libxfixes3:libXfixes.so.3 libxi6:libXi.so.6 libxkbcommon0:libxkbcommon.so.0 libxrender1:libXrender.so.1
libxxf86vm1:libXxf86vm.so.1 libgomp1:libgomp.so.1 libegl1:libEGL.so.1 libegl-mesa0:libEGL_mesa.so.0
"
loader=$(PATH="$PATH:/sbin:/usr/sbin" command -v ldconfig || true)
known=$([ -n "$loader" ] && "$loader" -p || true)

missing=()
for pair in $needed; do
    grep -qF "${pair#*:} " <<<"$known" || missing+=("${pair%%:*}")
done
# Mesa's software renderer, which Workbench draws with where there is no graphics card.
compgen -G "/usr/lib/*/dri/swrast_dri.so" >/dev/null || missing+=(libgl1-mesa-dri)

[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null; then
    echo "Missing libraries, named as on Debian: ${missing[*]}. Install your system's packages of them." >&2
    exit 0
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    echo "Missing libraries. Run: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi
echo "Installing system libraries: ${missing[*]}"

"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
