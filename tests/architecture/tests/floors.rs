//! The floors of modules, and circles of imports in all crates.

use std::path::Path;

use hecate_om_architecture::{Import, Module, circles, imports};

/// The modules of a crate, from the ground up. A module imports only from floors below its own.
type Floors = &'static [&'static [&'static str]];

const RUNTIME: Floors = &[
    &[
        "backoff",
        "boot_refusal",
        "build_info",
        "cause",
        "clock",
        "codec",
        "health_status",
        "metrics",
        "node_id",
        "panic",
        "regular_file",
        "rendezvous",
        "store",
        "sync",
        "unprintable",
    ],
    &["certificate"],
    &["config"],
    &["settings", "telemetry"],
    &["capability"],
    &["handler"],
    &["publication"],
    &["dead_letter"],
    &["schedule", "subscription"],
    &["linked"],
    &["mesh::connection"],
    &["mesh::call", "mesh::identity"],
    &["mesh::stream"],
    &["mesh::serve"],
    &["mesh::content", "mesh::fact"],
    &["mesh"],
    &["health"],
    &["builtin"],
    &["service"],
    &["boot"],
    &["client"],
    &["testing"],
    &["__private"],
    // What `lib.rs` re-exports.
    &[
        "call", "content", "fact", "identity", "layer", "metric", "stream",
    ],
];

const STATION: Floors = &[
    &[
        "clock",
        "error",
        "frames",
        "name",
        "policy",
        "provider_error",
    ],
    &["credentials", "endpoint", "storage"],
    &["dht", "issuer", "link"],
    &["realm", "routing"],
    &["config", "state"],
    &["maintenance", "procedures"],
    &["relay"],
    &["session"],
    &["station"],
    &["dev_mesh"],
];

const GATEWAY: Floors = &[
    &["exposure", "json", "tls"],
    &["callers", "description"],
    &["catalogue"],
    &["openapi"],
    &["mcp"],
    &["http"],
    &["server"],
];

/// The crates with floors, by package.
const FLOORS: &[(&str, Floors)] = &[
    ("hecate-om", RUNTIME),
    ("hecate-om-gateway", GATEWAY),
    ("hecate-om-station", STATION),
];

/// Each crate's package and root file.
const CRATES: &[(&str, &str)] = &[
    ("hecate-om", "lib.rs"),
    ("hecate-om-cli", "lib.rs"),
    ("hecate-om-gateway", "lib.rs"),
    ("hecate-om-grammar", "lib.rs"),
    ("hecate-om-macros", "lib.rs"),
    ("hecate-om-manifest", "lib.rs"),
    ("hecate-om-station", "lib.rs"),
];

fn imports_of(package: &str, root: &str) -> Vec<Import> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    imports(&repository.join(package).join("src").join(root))
}

/// Returns the floor of a module, and the entry of the table that it falls under.
fn floor(floors: Floors, module: &Module) -> (usize, &'static str) {
    let path = module.join("::");
    let mut found = None;
    for (floor, entries) in floors.iter().enumerate() {
        for &entry in *entries {
            let matches = path == entry || path.starts_with(&format!("{entry}::"));
            if matches && found.is_none_or(|(_, other): (_, &str)| other.len() < entry.len()) {
                found = Some((floor, entry));
            }
        }
    }
    found.unwrap_or_else(|| panic!("`{path}` is on no floor: add it to the floors of its crate"))
}

#[test]
fn a_module_imports_only_from_floors_below_its_own() {
    for (package, floors) in FLOORS {
        let upward: Vec<String> = imports_of(package, "lib.rs")
            .iter()
            // The root declares the modules and re-exports what is public.
            .filter(|import| !import.from.is_empty() && !import.to.is_empty())
            .filter(|import| {
                let (from, to) = (floor(floors, &import.from), floor(floors, &import.to));
                from.1 != to.1 && to.0 >= from.0
            })
            .map(ToString::to_string)
            .collect();
        assert!(
            upward.is_empty(),
            "{package}: imports from the same floor or a higher one:\n{}",
            upward.join("\n")
        );
    }
}

#[test]
fn modules_import_each_other_in_no_circle() {
    for (package, root) in CRATES {
        let found: Vec<String> = circles(&imports_of(package, root))
            .iter()
            .map(|circle| {
                let modules: Vec<String> = circle.iter().map(|module| module.join("::")).collect();
                modules.join(", ")
            })
            .collect();
        assert!(
            found.is_empty(),
            "{package} has circles of imports: {found:#?}"
        );
    }
}
