# shellcheck shell=bash
# Deploys a scaffolded service on a machine of `nspawn.sh`, and checks it. Sourced by `unit`.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
work="$root/target/containers"
# shellcheck source=tests/containers/nspawn.sh
source "$root/tests/containers/nspawn.sh"
export CARGO_INCREMENTAL=0

name=""
port=""
unit=""
# Outside this workspace, which the service would otherwise belong to.
scratch="$(mktemp -d)"
service="$scratch/service"
registry=localhost:5000
request='{"text":"one two"}'
answer='{"words":2}'

began="$(($(date +%s%N) / 100000000))"
say() { printf '%6.1fs  %s\n' "$(($(date +%s%N) / 100000000 - began))e-1" "$*"; }

fail() {
  printf '\nFAILED: %s\n' "$*" >&2
  if [ -n "$machine_leader" ]; then
    {
      inside systemctl status --no-pager --full --lines=0 "$unit"
      inside journalctl --no-pager --output=short-precise --lines=60 --unit="$unit" --unit=macula-station.service
      inside podman ps --all
    } >&2 2>&1 || true
  fi
  exit 1
}

# equal WHAT WANTED FOUND
equal() { [ "$2" = "$3" ] || fail "$1 is \`$3\`, not \`$2\`"; }

# holds TEXT PART WHAT
holds() {
  case "$1" in
    *"$2"*) ;;
    *) fail "$3: \`$2\` is not in \`$1\`" ;;
  esac
}

# eventually SECONDS WHAT COMMAND…: repeats the command until it succeeds.
eventually() {
  local end=$((SECONDS + $1)) what="$2"
  shift 2
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || fail "not in time: $what"
    sleep 0.2
  done
}

show() { inside systemctl show --value --property="$1" "$unit"; }
shows() { [ "$(show "$1")" = "$2" ]; }
process() { inside podman inspect --format '{{.State.Pid}}' "$name"; }
status() { inside podman ps --filter "name=^$name\$" --format '{{.Status}}'; }
is_healthy() { [[ "$(status)" == *"(healthy)"* ]]; }
health() { inside curl --silent --max-time 5 "http://127.0.0.1:$port/$1" || true; }
health_is() { [ "$(health health | jq -r .status 2> /dev/null)" = "$1" ]; }
log() { inside journalctl --no-pager --output=cat --unit="$unit" --since="@$1"; }
now() { date +%s.%N; }

# call CLIENT-ENVIRONMENT-FILE
call() {
  local client
  mapfile -t client < "$machine_root/etc/hecate/$name.env"
  inside env "${client[@]}" hecate-om call "$name/words.count" "$request" --timeout 10s 2> /dev/null
}
answers() { [ "$(call | jq -c . 2> /dev/null)" = "$answer" ]; }
is_called() { eventually 60 "a call of $name/words.count is answered" answers; }

# drop_in NAME: a drop-in of the machine, from standard input, which takes effect with the next
# start.
drop_in() {
  local folder="$machine_root/etc/containers/systemd/$name.container.d"
  mkdir -p "$folder"
  cat > "$folder/$1.conf"
  inside systemctl daemon-reload
}

drop_nothing() {
  rm -rf "$machine_root/etc/containers/systemd/$name.container.d"
  inside systemctl daemon-reload
}

restart() {
  inside systemctl restart "$unit" || fail "\`systemctl restart $unit\` fails"
  is_called
}

# build FEATURES TO: a static binary of the scaffolded service. Not optimized, which would take many
# times as long.
build() {
  local target
  target="$(rustc --print host-tuple)"
  RUSTFLAGS='-C target-feature=+crt-static' CARGO_TARGET_DIR="$work/build" cargo build --quiet --target "$target" \
    --manifest-path "$service/Cargo.toml" --no-default-features --features "$1"
  install -D --strip "$work/build/$target/debug/$name" "$2"
}

# pack BINARY FOLDER: the build context of its image, as in the last stage of the scaffolded
# Containerfile.
pack() {
  install -D "$1" "$2/$name"
  mkdir -p "$2/empty"
  cat > "$2/Containerfile" << END
FROM scratch
COPY $name /$name
COPY --chown=65532:65532 empty/ /etc/hecate/secrets/
COPY --chown=65532:65532 empty/ /var/lib/$name/
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/$name"]
END
}

# The name of the service in the image, by its entry point.
name_of() {
  local config
  config="$(tar --extract --to-stdout --file "$1" manifest.json | jq -r '.[0].Config')"
  tar --extract --to-stdout --file "$1" "$config" | jq -r '.config.Entrypoint[0] | ltrimstr("/")'
}

needed() {
  local tool missing=()
  [ "$(id -u)" = 0 ] || missing+=("root")
  for tool in systemd-nspawn mmdebstrap nsenter jq cargo; do
    command -v "$tool" > /dev/null || missing+=("$tool")
  done
  if [ "${#missing[@]}" -gt 0 ]; then
    echo "this needs ${missing[*]}" >&2
    exit 1
  fi
}

make() {
  mkdir -p "$work"
  # Two concurrent runs would share the machine's folder.
  exec 9> "$work/machine.lock"
  flock 9
  cargo build --quiet --workspace --bin hecate-om --manifest-path "$root/Cargo.toml"
  cli="${CARGO_TARGET_DIR:-$root/target}/debug/hecate-om"
  name=hecate-newservice
  if [ -f "$work/published.tar" ]; then
    name="$(name_of "$work/published.tar")"
  fi
  unit="$name.service"
  "$cli" scaffold --path "$service" --name "$name" --description "Does X over the mesh" \
    --org acme --registry "$registry" --framework "path:$root" > /dev/null
  # The versions that all other tests use.
  cp "$root/Cargo.lock" "$service/"
  port="$(jq .ports.health "$service/manifest.json")"
  [ -f "$work/published.tar" ] || build "" "$work/$name"
  machine_make "$work/root"
}

clean() {
  machine_off
  rm -rf "$scratch"
}

# A station, and a registry with the image.
furnish() {
  install --strip "$cli" "$machine_root/usr/local/bin/hecate-om"
  cat > "$machine_root/etc/systemd/system/macula-station.service" << 'END'
[Service]
ExecStart=/usr/local/bin/hecate-om dev --profile pq_hybrid
Environment=XDG_STATE_HOME=/var/lib/macula-station
StateDirectory=macula-station
END
  cat > "$machine_root/etc/systemd/system/registry.service" << 'END'
[Service]
ExecStart=/usr/bin/docker-registry serve /etc/registry.yml
StateDirectory=registry
END
  cat > "$machine_root/etc/registry.yml" << END
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: /var/lib/registry}}
http: {addr: "$registry"}
END
  printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$registry" \
    > "$machine_root/etc/containers/registries.conf.d/local.conf"
  inside systemctl daemon-reload
  inside systemctl start macula-station registry
  if [ -f "$work/published.tar" ]; then
    cp "$work/published.tar" "$machine_root/var/tmp/image.tar"
    inside podman load --quiet --input /var/tmp/image.tar
    inside podman tag "$(inside podman images --quiet | head -n 1)" localhost/first
  else
    pack "$work/$name" "$machine_root/var/tmp/image"
    inside podman build --quiet --format docker --tag localhost/first /var/tmp/image > /dev/null
  fi
  eventually 30 "the registry answers" inside curl --silent --fail --output /dev/null "http://$registry/v2/"
  inside podman push --quiet localhost/first "docker://$registry/acme/$name:main"
  inside podman rmi --all --force > /dev/null
  local mesh="$machine_root/var/lib/macula-station/hecate/dev-mesh/mesh.json"
  eventually 30 "the station runs" test -s "$mesh"
  cp -a "$service" "$machine_root/root/service"
  jq -r '"HECATE_REALM=\(.realm.id)
HECATE_REALM_KEY=\(.realm.key)
HECATE_REALM_NAME=\(.realm.name)
MACULA_STATION_SEEDS=\(.station.host):\(.station.port)
MACULA_STATION_NODE_IDS=\(.station.node_id)"' "$mesh" > "$machine_root/root/service/$name.env"
}
