//! Examples and notes at the end of each command's `--help`.

pub(crate) const ALL: &str = "\
Examples:
  hecate-om up                                         build and run the services of a workspace
  hecate-om dev                                        run a development mesh, until Ctrl-C
  hecate-om ls                                         list services and their procedures
  hecate-om ls --facts                                 list also the facts that they publish and subscribe to
  hecate-om describe hecate-echo/echo.say              show a procedure's types, limits and access
  hecate-om call hecate-echo/echo.say '\"hello\"'        call it
  hecate-om bench hecate-echo/echo.say '\"hello\"'       measure it
  hecate-om watch acme/shop/order_placed_v1            print the facts of a topic
  hecate-om top                                        monitor all services
  hecate-om gateway --expose 'hecate-echo/*'           serve capabilities over HTTP
  hecate-om scaffold --name acme-shop --description \"Sells over the mesh\"
                                                       create a service
  hecate-om --seed 10.0.0.7:4433@9f3c…41 --realm io.macula --realm-key @realm.pub ls
                                                       use the stations of a realm";

pub(crate) const UP: &str = "\
Examples:
  hecate-om up                                   all services below this folder
  hecate-om up acme-shop acme-notes
  hecate-om up --once                            in CI: exit when all are ready
  hecate-om ps && hecate-om logs acme-shop -f    from another terminal
  hecate-om down

The services are built with one `cargo build`, and each is built and started again when its sources change. A build that
fails changes nothing. Ctrl-C drains all services; a second one ends at once. Health ports are free ones.";

pub(crate) const DEAD: &str = "\
Examples:
  hecate-om facts dead ls --socket /run/hecate-shop/health.sock
  hecate-om facts dead show 17                   one of them, with its payload
  hecate-om facts dead replay 17 18              run the handler again, for these only
  hecate-om facts dead replay --all --topic acme/shop/order_placed_v1
  hecate-om facts dead drop 17

The commands use the service's health socket (HECATE_HEALTH_SOCKET), so only its user may run them. A replay runs the
handler once, without retries, and publishes nothing. The dead letter is kept until the handler succeeds.";

pub(crate) const TOKEN: &str = "\
Examples:
  hecate-om identity --identity me.key                 print the node id to issue the token to
  hecate-om token --can trial/members --for 9f3c…41 > token.txt
  hecate-om call hecate-trial/trial.members --ucan token.txt --identity me.key
  hecate-om token --key office.key --can parcels/register --for 9f3c…41 --expires 30d --json

Without --key, the issuer is the realm of this machine's development mesh, whose tokens `access = realm_member(…)`
accepts. With --key, the issuer is the key in that file, for `access = ucan(issuer = …)`; --json also prints its node id.
A token cannot be revoked: it is valid until it expires.";

pub(crate) const CLIENT: &str = "\
Examples:
  hecate-rag manifest > hecate-rag.json && hecate-om client --from hecate-rag.json
  hecate-om client --from acme --out clients/acme --name acme-client
  hecate-om client --from acme --framework git:https://forge.example/hecate-om

The same descriptor always generates the same files: run the command again instead of editing them.";

pub(crate) const DIFF: &str = "\
Examples:
  hecate-om manifest diff before.json after.json
  hecate-om manifest diff --against v0.3.0                manifest.json in that revision, and now
  hecate-rag manifest | hecate-om manifest diff --live -  the running service, and the next version

On a terminal the output is a table, otherwise one line of JSON per change; with --json it is one object with all of
them. The exit code is 0 if no change is breaking, 1 if one is, 2 if a manifest cannot be read, and 3 if no breaking
change was found but some part cannot be compared.";

pub(crate) const CHECK: &str = "\
Examples:
  hecate-om manifest --check
  hecate-om manifest check ../acme-shop

Compares manifest.json with what `cargo build` would write, without building. In CI, it finds a manifest that was not
committed.";

pub(crate) const SCAFFOLD: &str = "\
Examples:
  hecate-om scaffold
  hecate-om scaffold --name acme-shop --description \"Sells over the mesh\" --org acme
  hecate-om scaffold --name acme-notes --description \"Keeps notes\" --slices --license MIT --path services/notes
  hecate-om scaffold --name acme-shop --description \"Sells over the mesh\" --framework git:https://forge.example/hecate-om

Existing files are never overwritten, and nothing is written if a value is invalid. From a checkout of hecate-om,
`cargo generate --path templates/service` writes the same files.";

pub(crate) const SLICE: &str = "\
Examples:
  hecate-om slice add embed_corpus --kind cmd
  hecate-om slice add project_chunks --kind prj
  hecate-om slice add query_chunks --kind qry --path ../acme-rag

The new package builds and has tests. The service depends on it, so its capabilities are served from the next build on.
Cargo.toml keeps its order and comments.";

pub(crate) const QUADLET: &str = "\
Examples:
  hecate-om quadlet                              print the system unit
  hecate-om quadlet --dev                        print the user unit, on the development mesh
  hecate-om quadlet --write                      write both to the folder quadlet
  hecate-om quadlet --check                      in CI: check that both are up to date

The units are generated from `image`, `ports`, `volumes`, `depends_on` and `limits` in manifest.json: change these there.
Settings of one machine go into a drop-in, /etc/containers/systemd/<name>.container.d/*.conf.";

pub(crate) const CALL: &str = "\
Examples:
  hecate-om call hecate-echo/echo.say '\"hello\"'
  hecate-om call acme/rag.search '{\"query\": \"wire format\", \"limit\": 3}' --timeout 1m
  hecate-om call acme/rag.ingest_document @document.json
  jq -c .request job.json | hecate-om call acme/rag.search -
  hecate-om call acme/rag.follow '{\"source\": \"notes\"}' --stream | head -20
  jq -c '.[]' rows.json | hecate-om call acme/table.load --items -
  hecate-om call acme/rag.prune --ucan token.txt --identity ~/.config/hecate/identity.key

Each kind of procedure has its flags; `hecate-om describe` prints the kind:
  unary               none
  server streaming    --stream
  client streaming    --items FILE
  bidirectional       --items FILE --stream

On a terminal a response is pretty-printed, otherwise it is one line of JSON. With --stream each response item is a line
of JSON, until the stream ends or Ctrl-C stops it.

Bytes are {\"$bytes\": \"<base64>\"}, in requests and in responses.

With --json an error is {\"ok\": false, \"error\": {kind, code, message, detail, retryable, retry_after_ms}}. `kind` is one
of macula-cli's: provider_error (the service refused or failed), relay_error (a station did not forward the call),
no_provider, timeout, invalid_argument, failed.";

pub(crate) const BENCH: &str = "\
Examples:
  hecate-om bench hecate-echo/echo.say '\"hello\"'
  hecate-om bench acme/rag.search '{\"query\": \"wire\"}' --concurrency 32 --duration 1m
  hecate-om bench acme/rag.search '{\"query\": \"wire\"}' --calls 10000 --json
  hecate-om bench acme/rag.search '{\"query\": \"wire\"}' --rate 50

On a terminal a line shows the progress and a table the result; otherwise the result is one line of JSON. Ctrl-C stops
the measurement and prints its result so far, without the calls in flight. Latency is that of answered calls; bytes are
those of the payloads as JSON.

By default a service accepts 600 calls from one caller in 10 s. To measure beyond that, start it with
HECATE_GUARD_LIMITS=per_caller_max=…,global_max=…, or stay below with --rate 50.";

pub(crate) const TOP: &str = "\
Examples:
  hecate-om top
  hecate-om top acme --interval 5s
  hecate-om top --health http://127.0.0.1:8470 --health unix:/run/hecate/rag.sock
  hecate-om top --once

Keys: q quits, s sorts by the next column, r reverses the order. If standard output is not a terminal, and with --json,
each interval prints one line of JSON per service.

Rates count the calls that the service's guard admitted, from `<org>/get_limits`. For services on this machine whose
health listener is named by --health, they count all finished calls, and latency and calls in flight are shown.";

pub(crate) const GATEWAY: &str = "\
Examples:
  hecate-om gateway --expose 'hecate-echo/*'
  curl http://127.0.0.1:8481/v1/hecate-echo/echo.say -H 'Content-Type: application/json' -d '\"hello\"'
  curl http://127.0.0.1:8481/openapi.json
  hecate-om gateway --listen 0.0.0.0:443 --host api.acme.org --expose 'acme/*' --callers callers.toml \\
    --tls-cert chain.pem --tls-key key.pem --identity gateway.key

The file of --callers has the hash of each caller's token, and optionally a limit, a part of what is exposed, and the
mesh token that the gateway presents for this caller:

  [callers.billing]
  token_sha256 = \"…\"             # printf %s \"$TOKEN\" | sha256sum
  calls_per_second = 50
  expose = [\"acme/orders.*\"]
  ucan_file = \"billing.ucan\"      # issued to the gateway's node id

The gateway calls as one node, so a service's limits for each caller apply to all callers of the gateway together.";

pub(crate) const MCP: &str = "\
Examples:
  hecate-om mcp --allow 'hecate-echo/*'
  hecate-om mcp --allow 'acme/*' --deny 'acme/orders.cancel' --pins ~/.config/hecate/pins.json
  claude mcp add mesh -- hecate-om mcp --allow 'acme/*' --identity ~/.config/hecate/agent.key

An agent starts the command and speaks MCP with it on standard input and output. Standard error has a line of JSON for
each call. The agent has the rights of this node only: issue tokens to the node key of --identity.

Each capability is a tool; beyond 40, two tools find and call them. What services say about themselves is text that the
agent's model reads: allow only services that you trust.";

pub(crate) const IDENTITY: &str = "\
Examples:
  hecate-om identity --identity ~/.config/hecate/identity.key
  hecate-om call acme/rag.prune --ucan token.txt --identity ~/.config/hecate/identity.key";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  hecate-om completions bash > ~/.local/share/bash-completion/completions/hecate-om
  hecate-om completions zsh > ~/.zfunc/_hecate-om
  hecate-om completions fish > ~/.config/fish/completions/hecate-om.fish";

pub(crate) const PUBLISH: &str = "\
Examples:
  hecate-om publish acme/shop/order_placed_v1 '{\"order\": 1}'
  hecate-om publish acme/shop/order_placed_v1 @order.json --ttl 30s
  jq -c '.orders[]' orders.json | hecate-om publish acme/shop/order_placed_v1 --lines

A fact is published once it is written to a station's link. Publications are not acknowledged, so the publisher does not
learn who received the fact.";

pub(crate) const WATCH: &str = "\
Examples:
  hecate-om watch acme/shop/order_placed_v1
  hecate-om watch acme/shop/order_placed_v1 --count 1 --duration 1m
  hecate-om watch acme/shop/order_placed_v1 | jq 'select(.event == \"fact\") | .fact'

If standard output is not a terminal, each event is one line of JSON:
  fact         {topic, publisher, published_at, fact}
  interrupted  {since, reason}     no station carries the subscription any more
  gap          {from, to, reason}  a station carries it again, and facts may have been missed

Standard error reports when the subscription starts, and at the end the number of facts.";

pub(crate) const VERSION: &str = "\
Examples:
  hecate-om version
  hecate-om version --verbose
  hecate-om version --json";
