# Recipes for contributors; `.ci/run` runs the same ones. Install `just` with `pip install rust-just` or
# `cargo install just`.

# List the recipes
default:
    @just --list --unsorted

# Run the smallest service on a development mesh
run:
    cargo run -p hecate-echo

# Run all tests
test *arguments:
    cargo test --workspace --locked {{ arguments }}

# Compare the signatures of `hecate-om-mldsa` with those of the original
signatures *arguments:
    cargo test --manifest-path hecate-om-mldsa/comparison/Cargo.toml --target-dir target --locked {{ arguments }}

# Check for the most common mistakes, in under a minute once the dependencies are built
fast:
    cargo fmt --all --check
    cargo check --workspace --all-targets --locked
    cargo test --locked -p hecate-om-architecture -p hecate-om-grammar -p hecate-om-macros -p hecate-om-manifest

# Check format, lints, spelling, and that a release build has no station
lint: spelling
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    cargo clippy -p hecate-om -p hecate-echo --no-default-features --locked -- -D warnings
    ! cargo tree -p hecate-echo --no-default-features -e normal --locked | grep hecate-om-station

# Check the spelling; needs `typos` (`pip install typos` or `cargo install typos-cli`)
spelling:
    typos

# Build the API documentation
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# Build the guide as a site into `target/book`; needs `mdbook`
guide:
    mdbook build

# Accept changed compiler messages and snapshots; review them with `git diff`
ui-bless:
    UPDATE_EXPECT=1 cargo test --locked -p hecate-om-grammar -p hecate-om-macros -p hecate-om-manifest
    UPDATE_EXPECT=1 cargo test --locked -p hecate-om-tests --test it -- scaffold:: ui::

# Measure speed and memory as ratios to macula-rust, or some groups of rows
bench *names:
    cargo bench -p hecate-om-benches -- {{ names }}

# Measure with fewer rounds and without the largest sizes, in under five minutes once it is built
bench-quick *names:
    cargo bench -p hecate-om-benches -- --quick {{ names }}

# Run services and callers under random faults, and judge their histories
soak *arguments:
    cargo build --locked -p hecate-om-soak
    cargo run --locked -p hecate-om-soak -- {{ arguments }}

# Check that the judge of the soak catches each promise that is broken on purpose
soak-judge:
    cargo test --locked -p hecate-om-soak --test breaks -- --ignored --nocapture

# Check the locks and queues of `hecate-om` in many interleavings of their threads
races:
    RUSTC_WORKSPACE_WRAPPER="$PWD/tests/interleavings/rustc" cargo test --locked -p hecate-om --lib interleavings

# Run the unit tests of runtime and station under ThreadSanitizer; needs a nightly toolchain with `rust-src`
thread-sanitizer:
    RUSTFLAGS=-Zsanitizer=thread \
        TSAN_OPTIONS="suppressions=$PWD/tests/interleavings/thread-sanitizer.suppressions" cargo +nightly test -Zbuild-std \
        --target x86_64-unknown-linux-gnu --target-dir target/thread-sanitizer --locked --lib -p hecate-om \
        -p hecate-om-station

# Run a fuzz target for some minutes; needs `cargo-fuzz` and a nightly toolchain (fuzz/README.md)
fuzz target minutes="10":
    fuzz/run {{ target }} {{ minutes }}

# Check that a test fails for each mutant of the files in `.cargo/mutants.toml`; needs `cargo-mutants`
mutants *arguments:
    cargo mutants {{ arguments }}

# Build, test and lint scaffolded services, which takes some minutes
scaffold:
    tests/scaffold/lint
    cargo test --workspace --locked --test it scaffold -- --ignored

# Build and run the image of a scaffolded service; needs Linux and root
image *arguments:
    tests/containers/image {{ arguments }}

# Package each crate that is published, in the order of RELEASING.md
package:
    cargo metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml > /dev/null
    for crate in hecate-om-grammar hecate-om-manifest hecate-om-macros hecate-om-station hecate-om-templates hecate-om \
        hecate-om-gateway hecate-om-cli; do \
        cargo package --locked --allow-dirty --no-verify --package "$crate" || exit 1; \
    done

# Check licences, advisories and sources of all dependencies; needs `cargo-deny`
deny:
    cargo deny --workspace check

# Check what a release needs beyond `.ci/run`; needs `cargo-deny`, `cargo-hack` and `cargo-semver-checks`
release-check: deny package
    cargo hack check --feature-powerset --depth 2 --no-dev-deps --locked -p hecate-om -p hecate-om-grammar \
        -p hecate-om-manifest
    cargo semver-checks
