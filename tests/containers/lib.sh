# shellcheck shell=bash
# Shared by the tests in this folder. Sourced, with `required` set to `yes` if nothing may be
# skipped.
#
#   root, work                    this repository; the output folder, `target/containers`
#   say TEXT                      prints the next step
#   fail TEXT                     fails the test
#   give_up TEXT                  skips the test, or fails it if it is required
#   need COMMAND PACKAGE          installs a command if it is missing
#   expect WHAT ACTUAL EXPECTED   fails if the two differ
#   within SECONDS WHAT COMMAND…  waits until the command succeeds; the time is a generous limit
#   the_only_run                  waits for other runs in the same folder; gives up without root
#   podman_works                  sets up `pod`, or gives up
#   pod ARGUMENTS…                podman with images, containers and settings in `work`

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
work="$root/target/containers"
mkdir -p "$work"
apt_knows=no

say() { printf '\n== %s\n' "$*"; }

fail() {
  echo "failed: $*" >&2
  exit 1
}

give_up() {
  if [ "${required:-no}" = yes ]; then
    fail "$*"
  fi
  echo "skipped: $*"
  exit 0
}

need() {
  if command -v "$1" > /dev/null; then
    return
  fi
  if ! command -v apt-get > /dev/null; then
    give_up "\`$1\` is not installed, and there is no apt to install it by"
  fi
  if [ "$apt_knows" = no ]; then
    apt-get -o DPkg::Lock::Timeout=300 --quiet=2 update \
      || give_up "\`$1\` is not installed, and apt cannot say what there is"
    apt_knows=yes
  fi
  echo "-- apt-get install $2"
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 --quiet=2 --yes --no-install-recommends \
    install "$2" > "$work/apt.log" 2>&1 \
    || give_up "\`$1\` is not installed, and apt cannot install it: $(tail -n 1 "$work/apt.log")"
}

expect() {
  if [ "$2" != "$3" ]; then
    fail "$1 is \`$2\` and should be \`$3\`"
  fi
  echo "-- $1: $2"
}

within() {
  local end=$((SECONDS + $1)) what="$2"
  shift 2
  until "$@" > /dev/null 2>&1; do
    if [ "$SECONDS" -ge "$end" ]; then
      fail "not within its time: $what"
    fi
    sleep 0.1
  done
}

the_only_run() {
  if [ "$(id -u)" != 0 ]; then
    give_up "containers are run as root here, and you are not root"
  fi
  exec 9> "$work/lock"
  flock 9
}

pod() {
  CONTAINERS_CONF="$work/containers.conf" podman --root "$work/storage" --runroot "$runroot" "$@"
}

podman_works() {
  need podman podman
  # Podman accepts no long name for this folder, nor a changed one.
  runroot="/run/hecate-om-$(printf %s "$root" | cksum | cut -d ' ' -f 1)"
  # By default it starts with raised limits, which a virtual machine may not be allowed to set.
  local files processes
  files="$(lower "$(ulimit -Hn)" 20000)"
  processes="$(lower "$(ulimit -Hu)" 20000)"
  rm -rf "$work/probe"
  mkdir -p "$work/probe"
  echo 'fn main() {}' | rustc -C target-feature=+crt-static -o "$work/probe/probe" - 2> "$work/probe.log" \
    || give_up "no static program can be built, as the image's is: $(head -n 1 "$work/probe.log")"
  printf 'FROM scratch\nCOPY probe /\nCMD ["/probe"]\n' > "$work/probe/Containerfile"
  local runtime
  for runtime in crun runc; do
    if ! command -v "$runtime" > /dev/null; then
      continue
    fi
    cat > "$work/containers.conf" << END
[containers]
default_ulimits = ["nofile=$files:$files", "nproc=$processes:$processes"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "$runtime"
END
    if pod build --quiet --format docker --tag localhost/probe "$work/probe" > "$work/probe.log" 2>&1 \
      && pod run --rm --network host localhost/probe >> "$work/probe.log" 2>&1; then
      rm -r "$work/probe"
      echo "-- $(podman --version), $runtime"
      return
    fi
  done
  # crun does not run on a mix of both versions of cgroups; runc does.
  if ! command -v runc > /dev/null; then
    need runc runc
    podman_works
    return
  fi
  give_up "no container runs here: $(tail -n 1 "$work/probe.log")"
}

lower() {
  if [ "$1" = unlimited ] || [ "$1" -gt "$2" ]; then
    echo "$2"
  else
    echo "$1"
  fi
}
