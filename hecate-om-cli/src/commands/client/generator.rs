//! Runs the generation of a client on a thread of its own, and the type generator.

use std::any::Any;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use proc_macro2::TokenStream;
use serde_json::Value;
use typify_impl::{TypeId, TypeSpace, TypeSpaceSettings};

/// Limits of the generation's time and depth, because the schemas may come from an untrusted peer.
/// Types nest as deep as schemas, and the parser of the generated source recurses into types.
const TIME: Duration = Duration::from_secs(30);
const STACK: usize = 64 * 1024 * 1024;

/// Source of the types, and the path of each root's type.
type Source = (TokenStream, Vec<TokenStream>);

/// Runs `generate` on a thread with a large stack.
///
/// # Errors
///
/// Returns why there is no result: it did not finish within 30 seconds, or no thread could be
/// started.
pub(super) fn within_limits<T: Send + 'static>(
    generate: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let (done, generated) = mpsc::channel();
    let generator = thread::Builder::new()
        .name("client-generator".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            // The receiver is gone after its timeout.
            let _ = done.send(generate());
        })
        .map_err(|error| format!("cannot start a thread: {error}"))?;
    match generated.recv_timeout(TIME) {
        Ok(result) => Ok(result),
        Err(RecvTimeoutError::Timeout) => Err(format!("this did not finish within {TIME:?}")),
        Err(RecvTimeoutError::Disconnected) => match generator.join() {
            Err(panic) => panic::resume_unwind(panic),
            Ok(()) => Err("the thread ended without a result".to_owned()),
        },
    }
}

thread_local! {
    /// Whether panics on this thread are not printed.
    static IS_HIDDEN: Cell<bool> = const { Cell::new(false) };
}

/// Generates the types of the definitions and of the roots.
///
/// # Errors
///
/// Returns why a schema is not supported.
pub(super) fn types(
    definitions: BTreeMap<String, Value>,
    roots: Vec<Value>,
) -> Result<Source, String> {
    hide_panics();
    IS_HIDDEN.set(true);
    let generated = catch_unwind(AssertUnwindSafe(|| generate(definitions, roots)));
    IS_HIDDEN.set(false);
    generated.unwrap_or_else(|panic| Err(text(&*panic)))
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the type generator failed").to_owned()
}

/// Hides the panics of the type generator, which panics on schemas that it does not support. All
/// other panics are still printed.
fn hide_panics() {
    static HIDE: Once = Once::new();
    HIDE.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_HIDDEN.get() {
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
        Ok(known.ident())
    };
    let paths: Result<Vec<TokenStream>, String> = ids.iter().map(path).collect();
    Ok((space.to_stream(), paths?))
}
