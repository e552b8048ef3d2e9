# shellcheck shell=bash
# A machine with systemd and Podman in a folder, booted by systemd-nspawn. Sourced; needs root.
#
#   machine_make BASE           creates the root file system in BASE, unless it exists
#   machine_boot BASE ROOT      boots a fresh copy of it at ROOT; sets `machine_root`
#   inside COMMAND…             runs a command on the machine, as root
#   machine_off                 stops the machine and deletes the copy, if one is running

machine_suite=trixie
machine_packages=ca-certificates,systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,podman,crun,conmon
machine_packages+=,netavark,aardvark-dns,nftables,iproute2,uidmap,passt,catatonit,procps,curl,docker-registry
machine_root=""
machine_nspawn=""
machine_leader=""

machine_make() {
  local base="$1"
  if [ "$(cat "$base.packages" 2> /dev/null)" = "$machine_suite $machine_packages" ]; then
    return
  fi
  rm -rf "$base" "$base.packages"
  mmdebstrap --quiet --variant=minbase --include="$machine_packages" "$machine_suite" "$base" \
    "deb ${DEBIAN_MIRROR:-http://deb.debian.org/debian} $machine_suite main"
  echo "$machine_suite $machine_packages" > "$base.packages"
}

machine_boot() {
  local base="$1" masked
  machine_root="$2"
  rm -rf "$machine_root"
  cp -a --reflink=auto "$base" "$machine_root"
  # Podman cannot set up /sys in a container if these are mounted below it; the others belong to the
  # host's kernel. The tests start the registry with a configuration of their own.
  for masked in systemd-modules-load.service systemd-sysctl.service sys-kernel-debug.mount sys-kernel-tracing.mount \
    sys-kernel-config.mount docker-registry.service; do
    ln -sf /dev/null "$machine_root/etc/systemd/system/$masked"
  done
  printf '127.0.0.1 localhost\n::1 localhost\n' > "$machine_root/etc/hosts"
  # If the host has no pids controller in cgroup2, or may not raise limits, Podman's defaults fail.
  mkdir -p "$machine_root/etc/containers"
  cat > "$machine_root/etc/containers/containers.conf" << 'END'
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
pids_limit = 0
END
  UNIFIED_CGROUP_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network SYSTEMD_SECCOMP=0 SYSTEMD_NSPAWN_LOCK=0 \
    systemd-nspawn --quiet --directory="$machine_root" --machine="hecate-om-$$" --register=no --keep-unit \
    --console=pipe --private-network --capability=all --bind=/dev/fuse --bind=/dev/net/tun --boot \
    < /dev/null > "$machine_root.console" 2>&1 &
  machine_nspawn=$!
  local end=$((SECONDS + 60)) state=""
  while [ "$SECONDS" -lt "$end" ]; do
    if ! kill -0 "$machine_nspawn" 2> /dev/null; then
      break
    fi
    machine_leader="$(machine_first)"
    if [ -n "$machine_leader" ]; then
      state="$(in_namespaces systemctl is-system-running --wait 2> /dev/null || true)"
      if [ "$state" = running ]; then
        return
      elif [ "$state" = degraded ]; then
        in_namespaces systemctl --failed --no-legend >&2
        break
      fi
    fi
    sleep 0.2
  done
  echo "the machine has not booted (${state:-it does not answer}); its console:" >&2
  tail -n 50 "$machine_root.console" >&2
  return 1
}

# The machine's first process.
machine_first() {
  local child
  for child in $(pgrep --parent "$machine_nspawn"); do
    if [ "$(awk '$1 == "NSpid:" { print $NF }' "/proc/$child/status" 2> /dev/null)" = 1 ]; then
      echo "$child"
    fi
  done
}

# Runs a command in the machine's namespaces, but in none of its cgroups.
in_namespaces() {
  nsenter --target "$machine_leader" --mount --uts --ipc --net --pid --cgroup -- "$@" < /dev/null
}

inside() {
  in_namespaces systemd-run --quiet --collect --pipe --wait --service-type=exec \
    --setenv=HOME=/root --setenv=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin -- "$@"
}

machine_off() {
  if [ -n "$machine_nspawn" ]; then
    # When its first process ends, all others do; nothing is kept, so no order is needed.
    if [ -n "$machine_leader" ]; then
      kill -KILL "$machine_leader" 2> /dev/null || true
    else
      kill -KILL "$machine_nspawn" 2> /dev/null || true
    fi
    wait "$machine_nspawn" 2> /dev/null || true
    machine_nspawn=""
  fi
  if [ -n "$machine_root" ]; then
    rm -rf "$machine_root"
    machine_root=""
  fi
}
