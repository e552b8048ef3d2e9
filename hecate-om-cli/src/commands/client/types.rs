//! JSON Schemas as Rust types.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use hecate_om_manifest::diff::schema::problem;
use proc_macro2::TokenStream;
use serde_json::{Map, Value, json};
use typify_impl::{TypeId, TypeSpace, TypeSpaceSettings};

use super::wire;

/// Limits of the type generator's time and depth, because the schemas may come from an untrusted
/// peer.
const TIME: Duration = Duration::from_secs(30);
const STACK: usize = 64 * 1024 * 1024;

/// Most JSON values compared to name the types; a service with a thousand types needs a tenth of
/// it.
const MAX_COMPARED: usize = 500_000;

/// The types of everything that crosses, named once each.
#[derive(Debug, Default)]
pub(super) struct Types {
    /// The reason why there are no types.
    refused: Option<&'static str>,
    /// Number of JSON values compared to name the types.
    compared: usize,
    /// As the generator takes them, by their final names.
    definitions: BTreeMap<String, Value>,
    /// What each definition's schema holds all told, by its final name: what is alike shares a name.
    closures: BTreeMap<String, Value>,
    roots: Vec<Root>,
}

/// The type of one request or response.
#[derive(Debug)]
struct Root {
    /// What it is called where its schema does not say.
    name: String,
    schema: Value,
}

/// Which type stands for a schema that was added.
#[derive(Debug, Clone, Copy)]
pub(super) struct Added(usize);

/// The types, written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) items: TokenStream,
    paths: Vec<TokenStream>,
}

impl Written {
    pub(super) fn path(&self, Added(at): Added) -> TokenStream {
        self.paths[at].clone()
    }
}

impl Types {
    /// Adds the schema of a request or response; `name` is what it is called where the schema does not say.
    pub(super) fn add(&mut self, schema: &Value, name: &str) -> Added {
        if self.refused.is_none() {
            self.refused = problem(schema);
        }
        // An empty schema is within all bounds.
        let nothing = json!(true);
        let schema = match self.refused {
            Some(_) => &nothing,
            None => schema,
        };
        let mut defs = schema
            .get("$defs")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let own = schema.get("title").and_then(Value::as_str);
        let is_named = is_named(schema);
        // What refers to itself as a whole does so by `#`; schemars gives it a definition instead.
        let root = match own.filter(|_| is_named) {
            Some(title) => {
                let mut object = schema.clone();
                if let Some(object) = object.as_object_mut() {
                    object.remove("$defs");
                }
                defs.entry(title.to_owned()).or_insert(object);
                json!({"$ref": reference(title)})
            }
            None => schema.clone(),
        };
        let names = self.names(&defs);
        let named = |local: &str| names.get(local).cloned().unwrap_or_else(|| pascal(local));
        for (local, definition) in &defs {
            let turned = wire::rust(definition, &defs, &named);
            let name = named(local);
            match self.definitions.get_mut(&name) {
                Some(known) => loosen(known, &turned),
                None => {
                    self.definitions.insert(name, turned);
                }
            }
        }
        let schema = wire::rust(&root, &defs, &named);
        self.roots.push(Root {
            name: name.to_owned(),
            schema,
        });
        Added(self.roots.len() - 1)
    }

    /// The final name of each definition of a document: its own, unless something else has that.
    fn names(&mut self, defs: &Map<String, Value>) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for local in defs.keys() {
            let Some(closure) = closure(local, defs, &mut self.compared) else {
                self.refused = Some("its schema is too complex");
                return names;
            };
            let wanted = pascal(local);
            let name = (1..=MAX_COMPARED)
                .map(|n| {
                    if n == 1 {
                        wanted.clone()
                    } else {
                        format!("{wanted}{n}")
                    }
                })
                .find(|name| {
                    self.compared += 1;
                    self.closures
                        .get(name)
                        .is_none_or(|known| *known == closure)
                });
            // One of this many numbers is free.
            let name = name.unwrap_or(wanted);
            self.closures.insert(name.clone(), closure);
            names.insert(local.clone(), name);
        }
        names
    }

    /// Writes the types.
    ///
    /// # Errors
    ///
    /// Where a schema cannot be a Rust type, saying why.
    pub(super) fn write(self) -> Result<Written, String> {
        if let Some(why) = self.refused {
            return Err(why.to_owned());
        }
        // The generator meets what it does not know with a panic, and schemas may be a stranger's.
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let (done, written) = mpsc::channel();
        let generator = thread::Builder::new().stack_size(STACK).spawn(move || {
            let written = catch_unwind(AssertUnwindSafe(|| self.generate()));
            let written = written.unwrap_or_else(|panic| {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                Err(text.unwrap_or("the type generator failed").to_owned())
            });
            // The receiver may be gone.
            let _ = done.send(written);
        });
        let written = match generator {
            Ok(_) => written.recv_timeout(TIME).unwrap_or_else(|_| {
                Err(format!("the type generator did not finish within {TIME:?}"))
            }),
            Err(error) => Err(format!("cannot start the type generator: {error}")),
        };
        std::panic::set_hook(hook);
        let (items, paths) = written?;
        let tokens = |text: String| text.parse().map_err(|error| format!("{error}"));
        Ok(Written {
            items: tokens(items)?,
            paths: paths.into_iter().map(tokens).collect::<Result<_, _>>()?,
        })
    }

    /// The types and their names, as text, because tokens cannot leave their thread.
    fn generate(self) -> Result<(String, Vec<String>), String> {
        let mut settings = TypeSpaceSettings::default();
        settings
            .with_derive("PartialEq".to_owned())
            .with_type_mod("types")
            .with_map_type("::std::collections::BTreeMap");
        let mut space = TypeSpace::new(&settings);
        let schema =
            |value: Value| serde_json::from_value(value).map_err(|error| error.to_string());
        let definitions = self.definitions.into_iter();
        let definitions: Result<Vec<_>, String> = definitions
            .map(|(name, value)| Ok((name, schema(value)?)))
            .collect();
        space
            .add_ref_types(definitions?)
            .map_err(|error| error.to_string())?;
        let mut ids: Vec<TypeId> = Vec::new();
        for root in self.roots {
            let added = space.add_type_with_name(&schema(root.schema)?, Some(root.name));
            ids.push(added.map_err(|error| error.to_string())?);
        }
        let paths: Result<Vec<String>, String> = ids
            .iter()
            .map(|id| {
                Ok(space
                    .get_type(id)
                    .map_err(|error| error.to_string())?
                    .ident()
                    .to_string())
            })
            .collect();
        Ok((space.to_stream().to_string(), paths?))
    }
}

/// Returns a reference to a definition, with its name escaped.
fn reference(name: &str) -> String {
    let name = name
        .replace('%', "%25")
        .replace('~', "~0")
        .replace('/', "~1");
    format!("#/$defs/{name}")
}

/// Whether a whole schema is of a type of the author's: a struct or an enum.
fn is_named(schema: &Value) -> bool {
    let has = |key: &str| schema.get(key).is_some();
    let either = schema.get("anyOf").and_then(Value::as_array);
    let is_option = either.is_some_and(|all| all.contains(&json!({"type": "null"})));
    let is_text = schema.get("type").is_some_and(|one| one == "string");
    has("properties") || has("oneOf") || (has("anyOf") && !is_option) || (has("enum") && is_text)
}

/// All that a definition says, what it refers to included, but for what a request and a response of one type differ in.
///
/// `compared` counts the compared JSON values; `None` if there are too many.
fn closure(name: &str, defs: &Map<String, Value>, compared: &mut usize) -> Option<Value> {
    let mut all = Map::new();
    let mut open = vec![name.to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let mut schema = defs.get(&name).cloned().unwrap_or_default();
        *compared += size(&schema);
        if *compared > MAX_COMPARED {
            return None;
        }
        strip(&mut schema, &mut open, 0);
        all.insert(name, schema);
    }
    Some(Value::Object(all))
}

/// Returns the number of JSON values in `value`.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

fn strip(schema: &mut Value, open: &mut Vec<String>, depth: usize) {
    open.extend(wire::referred(schema));
    match schema {
        Value::Object(object) if depth < 64 => {
            for key in [
                "required",
                "default",
                "title",
                "examples",
                "description",
                "$schema",
            ] {
                // A field may be called like a keyword: its schema is no list, text or default of one.
                if !object.get(key).is_some_and(Value::is_object) {
                    object.remove(key);
                }
            }
            if object.get("additionalProperties") == Some(&Value::Bool(false)) {
                object.remove("additionalProperties");
            }
            object
                .values_mut()
                .for_each(|value| strip(value, open, depth + 1));
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|value| strip(value, open, depth + 1)),
        _ => {}
    }
}

/// Makes of what a request and a response say of one type what holds of both: the fields that are always there.
fn loosen(known: &mut Value, other: &Value) {
    match (known, other) {
        (Value::Object(known), Value::Object(other)) => {
            match (known.get_mut("required"), other.get("required")) {
                (Some(Value::Array(known)), Some(Value::Array(other))) => {
                    known.retain(|one| other.contains(one))
                }
                (Some(Value::Array(known)), None) => known.clear(),
                _ => {}
            }
            for (key, value) in other {
                match known.get_mut(key) {
                    Some(known) if key != "required" => loosen(known, value),
                    None if key == "default" => {
                        known.insert(key.clone(), value.clone());
                    }
                    _ => {}
                }
            }
        }
        (Value::Array(known), Value::Array(other)) => {
            known
                .iter_mut()
                .zip(other)
                .for_each(|(known, other)| loosen(known, other));
        }
        _ => {}
    }
}

/// A name as types have them.
pub(super) fn pascal(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let capitals = words.filter_map(|word| {
        let mut letters = word.chars();
        Some(letters.next()?.to_ascii_uppercase().to_string() + letters.as_str())
    });
    let name: String = capitals.collect();
    match name.chars().next() {
        Some(first) if !first.is_ascii_digit() => name,
        _ => format!("Type{name}"),
    }
}
