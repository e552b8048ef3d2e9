//! The examples that `--help` shows.

pub(crate) const ALL: &str = "\
Examples:
  hecate-om dev                                        a development mesh, until Ctrl-C
  hecate-om ls                                         who serves what
  hecate-om describe hecate-echo/echo.say              what a procedure takes and answers
  hecate-om call hecate-echo/echo.say '\"hello\"'        call it
  hecate-om bench hecate-echo/echo.say '\"hello\"'       how fast it answers
  hecate-om watch acme/shop/order_placed_v1            the facts of a topic as they come
  hecate-om top                                        how all of them are
  hecate-om scaffold --name acme-shop --description \"Sells over the mesh\"
                                                       a new service
  hecate-om --seed 10.0.0.7:4433@9f3c…41 --realm io.macula --realm-key @realm.pub ls
                                                       on a realm's own stations";

pub(crate) const TOKEN: &str = "\
Examples:
  hecate-om identity --identity me.key                 the node id that a token is made out to
  hecate-om token --can trial/members --for 9f3c…41 > token.txt
  hecate-om call hecate-trial/trial.members --ucan token.txt --identity me.key
  hecate-om token --key office.key --can parcels/register --for 9f3c…41 --expires 30d --json

Without --key the token is signed by the realm of this machine's development mesh, for `access = realm_member(…)`. With
--key the issuer is the key in that file, for `access = ucan(issuer = …)`; --json prints the issuer's node id, too. A token
cannot be withdrawn: it holds until it expires.";

pub(crate) const CLIENT: &str = "\
Examples:
  hecate-rag manifest > hecate-rag.json && hecate-om client --from hecate-rag.json
  hecate-om client --from acme --out clients/acme --name acme-client
  hecate-om client --from acme --framework git:https://forge.example/hecate-om

The same descriptor gives the same bytes: generate it again rather than edit it.";

pub(crate) const DIFF: &str = "\
Examples:
  hecate-om manifest diff before.json after.json
  hecate-om manifest diff --against v0.3.0                manifest.json, as it was and as it is
  hecate-rag manifest | hecate-om manifest diff --live -  what runs, and what would

On a terminal the output is a table; elsewhere it is one line of JSON per change, and with --json one envelope with all
of them. The exit code is 0 if nothing breaks, 1 if something breaks, 2 if a manifest cannot be read, and 3 if no compared
part breaks but some part cannot be compared.";

pub(crate) const CHECK: &str = "\
Examples:
  hecate-om manifest --check
  hecate-om manifest check ../acme-shop

What `cargo build` would write is compared with what is there, without building: for CI, where a manifest that was not
committed is to be found.";

pub(crate) const SCAFFOLD: &str = "\
Examples:
  hecate-om scaffold
  hecate-om scaffold --name acme-shop --description \"Sells over the mesh\" --org acme
  hecate-om scaffold --name acme-notes --description \"Keeps notes\" --slices --license MIT --path services/notes
  hecate-om scaffold --name acme-shop --description \"Sells over the mesh\" --framework git:https://forge.example/hecate-om

Nothing is written over, and nothing is written where anything is wrong. `cargo generate` makes the same of the folder
templates/service.";

pub(crate) const SLICE: &str = "\
Examples:
  hecate-om slice add embed_corpus --kind cmd
  hecate-om slice add project_chunks --kind prj
  hecate-om slice add query_chunks --kind qry --path ../acme-rag

The slice builds, with tests of its own, and is linked into the service: what it can do is served from the next build on.
Cargo.toml keeps its order and its comments.";

pub(crate) const QUADLET: &str = "\
Examples:
  hecate-om quadlet                              the unit of a machine
  hecate-om quadlet --dev                        the one for `systemctl --user`, on the development mesh
  hecate-om quadlet --write                      both, into the folder quadlet
  hecate-om quadlet --check                      whether they are what the manifest says, for CI

They are made of `image`, `ports`, `volumes`, `depends_on` and `limits` in manifest.json: change those there. What one
machine has otherwise goes into a drop-in, /etc/containers/systemd/<name>.container.d/*.conf.";

pub(crate) const CALL: &str = "\
Examples:
  hecate-om call hecate-echo/echo.say '\"hello\"'
  hecate-om call acme/rag.search '{\"query\": \"wire format\", \"limit\": 3}' --timeout 1m
  hecate-om call acme/rag.ingest_document @document.json
  jq -c .request job.json | hecate-om call acme/rag.search -
  hecate-om call acme/rag.follow '{\"source\": \"notes\"}' --stream | head -20
  jq -c '.[]' rows.json | hecate-om call acme/table.load --items -
  hecate-om call acme/rag.prune --ucan token.txt --identity ~/.config/hecate/identity.key

On a terminal the answer is spread over lines; elsewhere it is one line of JSON. With --stream each item of the answer
is a line, until the provider ends or Ctrl-C does; with --items each line of a file or of standard input is an item of
the request; with both they go both ways at once.

Bytes are {\"$bytes\": \"<base64>\"}, in the request as in the answer.

With --json a refusal or failure is {\"ok\": false, \"error\": {kind, code, message, detail, retryable, retry_after_ms}}.
The kinds are macula-cli's: provider_error (the service refused), relay_error (a station did not pass the call on),
no_provider, timeout, invalid_argument, failed.";

pub(crate) const BENCH: &str = "\
Examples:
  hecate-om bench hecate-echo/echo.say '\"hello\"'
  hecate-om bench acme/rag.search '{\"query\": \"wire\"}' --concurrency 32 --duration 1m
  hecate-om bench acme/rag.search '{\"query\": \"wire\"}' --calls 10000 --json
  hecate-om bench acme/rag.search '{\"query\": \"wire\"}' --rate 50

On a terminal a line says how far it is, and a table how it was; elsewhere there is one line of JSON. Ctrl-C ends it with
what was measured until then; calls that were under way are not counted. Latencies are those of calls that were
answered, and bytes those of the payloads as JSON.

A service takes 600 calls of one caller in 10 s by default: start the one that is measured with
HECATE_GUARD_LIMITS=per_caller_max=…,global_max=…, or stay below with --rate 50.";

pub(crate) const TOP: &str = "\
Examples:
  hecate-om top
  hecate-om top acme --interval 5s
  hecate-om top --health http://127.0.0.1:8470 --health unix:/run/hecate/rag.sock
  hecate-om top --once

Keys: q ends it, s sorts by the next column, r turns the order round. Where standard output is no terminal, and with
--json, there is one line of JSON for each service at each interval.

Rates are those of calls that the service's guard let through, as `<org>/get_limits` counts them; of services on this
machine whose health listener is named by --health, all calls that ended, with how long they took and how many run.";

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

It is done once a station's link has taken it; the wire acknowledges no publication, so nobody learns who heard it.";

pub(crate) const WATCH: &str = "\
Examples:
  hecate-om watch acme/shop/order_placed_v1
  hecate-om watch acme/shop/order_placed_v1 --count 1 --duration 1m
  hecate-om watch acme/shop/order_placed_v1 | jq 'select(.event == \"fact\") | .fact'

Elsewhere than on a terminal each thing heard is one line of JSON, by its `event`: `fact` {topic, publisher,
published_at, fact}; `interrupted` {since, reason}, when no station carries the subscription any more; `gap` {from, to,
reason}, when one does again and facts may have been missed. Standard error says when the subscription is carried, and
at the end how many facts were heard.";
