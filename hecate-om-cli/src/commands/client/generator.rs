//! Runs the type generator on a dedicated thread.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Once, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use typify_impl::{TypeId, TypeSpace, TypeSpaceSettings};

/// Limits of the type generator's time and depth, because the schemas may come from an untrusted
/// peer.
pub(super) const TIME: Duration = Duration::from_secs(30);
const STACK: usize = 64 * 1024 * 1024;

/// Name of the generator's thread.
const THREAD: &str = "type-generator";

/// Source of the types, and the path of each root's type. The source is text, because tokens cannot
/// be sent to another thread.
type Source = (String, Vec<String>);

/// Generates the types of the definitions and of the roots.
///
/// # Errors
///
/// Returns why a schema is not supported.
pub(super) fn run(
    definitions: BTreeMap<String, Value>,
    roots: Vec<Value>,
) -> Result<Source, String> {
    hide_panics();
    let (done, written) = mpsc::channel();
    let generator = thread::Builder::new()
        .name(THREAD.to_owned())
        .stack_size(STACK);
    let generator = generator.spawn(move || {
        let written = catch_unwind(AssertUnwindSafe(|| generate(definitions, roots)));
        let written = written.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(text.unwrap_or("the type generator failed").to_owned())
        });
        // The receiver is gone after its timeout.
        let _ = done.send(written);
    });
    match generator {
        Ok(_) => written
            .recv_timeout(TIME)
            .unwrap_or_else(|_| Err(format!("the type generator did not finish within {TIME:?}"))),
        Err(error) => Err(format!("cannot start the type generator: {error}")),
    }
}

/// Hides the panics of the generator, which panics on schemas that it does not support. The panics
/// of other threads are still reported.
fn hide_panics() {
    static HIDE: Once = Once::new();
    HIDE.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if thread::current().name() != Some(THREAD) {
                report(panic);
            }
        }));
    });
}

fn generate(definitions: BTreeMap<String, Value>, roots: Vec<Value>) -> Result<Source, String> {
    let mut settings = TypeSpaceSettings::default();
    settings
        .with_derive("PartialEq".to_owned())
        .with_type_mod("definitions")
        .with_map_type("::std::collections::BTreeMap");
    let mut space = TypeSpace::new(&settings);
    let schema = |value: Value| serde_json::from_value(value).map_err(|error| error.to_string());
    let definitions: Result<Vec<_>, String> = definitions
        .into_iter()
        .map(|(name, value)| Ok((name, schema(value)?)))
        .collect();
    space
        .add_ref_types(definitions?)
        .map_err(|error| error.to_string())?;
    let mut ids: Vec<TypeId> = Vec::new();
    for root in roots {
        let added = space.add_type(&schema(root)?);
        ids.push(added.map_err(|error| error.to_string())?);
    }
    let path = |id: &TypeId| {
        let known = space.get_type(id).map_err(|error| error.to_string())?;
        Ok(known.ident().to_string())
    };
    let paths: Result<Vec<String>, String> = ids.iter().map(path).collect();
    Ok((space.to_stream().to_string(), paths?))
}
