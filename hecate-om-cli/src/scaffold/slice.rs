//! `slice add`: a package under `apps`, which the service links.

use std::fs;
use std::io;
use std::path::Path;

use heck::ToUpperCamelCase;
use liquid::Object;
use liquid::model::Value as Liquid;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

use super::files::{SLICE_CMD, SLICE_PACKAGE, SLICE_PRJ, SLICE_QRY};
use super::render::Renderer;
use super::{Written, cannot_write, name, put_all, refuse_existing};
use crate::args::{SliceAdd, SliceKind};
use crate::output::Failure;

/// The crates that the source of a slice names, with what they are depended on by where the service does not say.
const RUNTIME: [(&str, &str); 3] = [
    (
        "hecate-om",
        r#"{ version = "0.1", default-features = false }"#,
    ),
    ("schemars", r#""1""#),
    ("serde", r#"{ version = "1", features = ["derive"] }"#),
];
/// The same for its tests.
const TESTS: [(&str, &str); 1] = [("tokio", r#"{ version = "1", features = ["macros", "rt"] }"#)];

/// Adds a slice to the service in `args.path`. Its `Cargo.toml` keeps its form and its comments.
///
/// # Errors
///
/// Where the name is none, the slice is there, or the folder holds no service.
pub(crate) fn add(args: &SliceAdd) -> Result<Written, Failure> {
    let slice = name::slice(&args.name).map_err(Failure::malformed)?;
    let manifest = args.path.join("Cargo.toml");
    let wrong = |why: &dyn std::fmt::Display| {
        Failure::new("no_service", format!("`{}`: {why}", manifest.display()))
    };
    let text = fs::read_to_string(&manifest).map_err(|error| wrong(&error))?;
    let mut service: DocumentMut = text.parse().map_err(|error| wrong(&error))?;
    if service.get("package").is_none() || entry(&service, "dependencies", "hecate-om").is_none() {
        return Err(wrong(
            &"this is no service's: it has no package that depends on `hecate-om`; give its folder by --path",
        ));
    }
    if entry(&service, "dependencies", &slice).is_some() {
        return Err(wrong(&format!("it depends on a `{slice}` already")));
    }
    let dir = args.path.join("apps").join(&slice);
    refuse_existing(&dir)?;

    let package = package(&slice, args.kind, &service)?;
    let source = source(&slice, args.kind)?;
    link(&mut service, &slice).map_err(|why| wrong(&why))?;

    let apps = args.path.join("apps");
    fs::create_dir_all(&apps).map_err(|error| cannot_write(&apps, &error))?;
    let files = [
        ("Cargo.toml".to_owned(), package),
        ("src/lib.rs".to_owned(), source),
    ];
    put_all(&dir, &files)?;
    if let Err(error) = replace(&manifest, &service.to_string()) {
        // As the slice would be of no service, what can be taken back of it is.
        let _ = fs::remove_dir_all(&dir);
        return Err(cannot_write(&manifest, &error));
    }
    Ok(Written {
        name: slice,
        path: dir,
        files: files.into_iter().map(|(path, _)| path).collect(),
    })
}

/// Writes a file that is there anew: whole, or not at all.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    // Where it is a link, the file it leads to.
    let file = file.canonicalize()?;
    let scratch = file.with_file_name(format!(".Cargo.toml.{}", std::process::id()));
    let written = fs::write(&scratch, text)
        .and_then(|()| fs::set_permissions(&scratch, fs::metadata(&file)?.permissions()))
        .and_then(|()| fs::rename(&scratch, &file));
    written.inspect_err(|_| drop(fs::remove_file(&scratch)))
}

/// `Cargo.toml` of the slice: its dependencies are the service's own.
fn package(slice: &str, kind: SliceKind, service: &DocumentMut) -> Result<String, Failure> {
    let about = match kind {
        SliceKind::Cmd => "A command: decides what happens",
        SliceKind::Prj => "A projection: keeps what happened as it is read",
        SliceKind::Qry => "A query: answers from what is kept",
    };
    let values = Object::from_iter([
        ("slice".into(), Liquid::scalar(slice.to_owned())),
        ("about".into(), Liquid::scalar(about)),
    ]);
    let text = Renderer::new()?.render("slice/Cargo.toml", SLICE_PACKAGE, &values)?;
    let mut package: DocumentMut = text.parse().map_err(|error| {
        Failure::new(
            "failed",
            format!("the template `slice/Cargo.toml`: {error}"),
        )
    })?;
    for field in ["edition", "rust-version", "license", "repository"] {
        let shared = entry_of(service, &["workspace", "package", field]).is_some();
        if shared {
            package["package"][field] = dotted_workspace();
        }
    }
    package["package"]["publish"] = toml_edit::value(false);
    if entry_of(service, &["workspace", "lints"]).is_some() {
        let mut lints = Table::new();
        lints["workspace"] = toml_edit::value(true);
        package["lints"] = Item::Table(lints);
    }
    if kind != SliceKind::Prj {
        let mut runtime = Table::new();
        for (name, usual) in RUNTIME {
            runtime[name] = shared(service, "dependencies", name, usual);
        }
        package["dependencies"] = Item::Table(runtime);
        let mut tests = Table::new();
        for (name, usual) in TESTS {
            tests[name] = shared(service, "dev-dependencies", name, usual);
        }
        package["dev-dependencies"] = Item::Table(tests);
    }
    Ok(package.to_string())
}

/// The dependency as the service has it, seen from two folders below.
fn shared(service: &DocumentMut, table: &str, name: &str, usual: &str) -> Item {
    if entry_of(service, &["workspace", "dependencies", name]).is_some() {
        return dotted_workspace();
    }
    let mut item = match entry(service, table, name) {
        Some(item) => item.clone(),
        // The texts above are TOML; a test parses them.
        None => usual.parse::<Value>().map_or(Item::None, Item::Value),
    };
    if let Some(path) = item.get_mut("path")
        && let Some(text) = path.as_str()
        && Path::new(text).is_relative()
    {
        let text = format!("../../{text}");
        *path = toml_edit::value(text);
    }
    if let Some(value) = item.as_value_mut() {
        value.decor_mut().clear();
    }
    item
}

/// `name.workspace = true`
fn dotted_workspace() -> Item {
    let mut table = InlineTable::new();
    table.insert("workspace", true.into());
    table.set_dotted(true);
    Item::Value(table.into())
}

/// Makes the slice a member of the workspace and a dependency of the service.
fn link(service: &mut DocumentMut, slice: &str) -> Result<(), &'static str> {
    let path = format!("apps/{slice}");
    let workspace = service
        .entry("workspace")
        .or_insert_with(|| Item::Table(Table::new()));
    let workspace = workspace.as_table_mut().ok_or("`workspace` is no table")?;
    let members = workspace
        .entry("members")
        .or_insert_with(|| toml_edit::value(Array::new()));
    let members = members
        .as_array_mut()
        .ok_or("`workspace.members` is no list")?;
    let covered = |member: &Value| member.as_str().is_some_and(|m| m == path || m == "apps/*");
    if !members.iter().any(covered) {
        members.push(&path);
    }
    let dependencies = service["dependencies"]
        .as_table_mut()
        .ok_or("`dependencies` is no table")?;
    let mut dependency = InlineTable::new();
    dependency.insert("path", path.into());
    dependencies.insert(slice, Item::Value(dependency.into()));
    Ok(())
}

fn entry<'a>(document: &'a DocumentMut, table: &str, key: &str) -> Option<&'a Item> {
    entry_of(document, &[table, key])
}

fn entry_of<'a>(document: &'a DocumentMut, path: &[&str]) -> Option<&'a Item> {
    path.iter()
        .try_fold(document.as_item(), |item, key| item.get(key))
}

fn source(slice: &str, kind: SliceKind) -> Result<String, Failure> {
    let (file, template) = match kind {
        SliceKind::Cmd => ("slice/cmd.rs", SLICE_CMD),
        SliceKind::Prj => ("slice/prj.rs", SLICE_PRJ),
        SliceKind::Qry => ("slice/qry.rs", SLICE_QRY),
    };
    let text = |text: &str| Liquid::scalar(text.to_owned());
    let values = Object::from_iter([
        ("slice".into(), text(slice)),
        ("type_name".into(), text(&slice.to_upper_camel_case())),
    ]);
    Renderer::new()?.render(file, template, &values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(service: &str, slice: &str) -> String {
        let mut service: DocumentMut = service.parse().unwrap();
        link(&mut service, slice).unwrap();
        service.to_string()
    }

    #[test]
    fn a_service_keeps_the_form_of_its_manifest() {
        let service = "\
[package]
name = \"a\" # the name

[dependencies]
# The runtime.
hecate-om   = \"0.1\"
";
        assert_eq!(
            linked(service, "embed_corpus"),
            "\
[package]
name = \"a\" # the name

[dependencies]
# The runtime.
hecate-om   = \"0.1\"
embed_corpus = { path = \"apps/embed_corpus\" }

[workspace]
members = [\"apps/embed_corpus\"]
"
        );
    }

    #[test]
    fn a_member_that_is_covered_is_not_listed() {
        let service = "[workspace]\nmembers = [\"apps/*\"]\n[dependencies]\n";
        assert!(linked(service, "a").contains("members = [\"apps/*\"]"));
        let service = "[workspace]\nmembers = [\n    \"apps/b\", # the other\n]\n[dependencies]\n";
        let text = linked(service, "a");
        assert!(
            text.contains("# the other") && text.contains("\"apps/a\""),
            "{text}"
        );
    }

    #[test]
    fn a_relative_path_is_seen_from_the_slice() {
        let service =
            "[dependencies]\nhecate-om = { path = \"../om\", default-features = false }\n";
        let package = package("a", SliceKind::Cmd, &service.parse().unwrap()).unwrap();
        assert!(
            package.contains("hecate-om = { path = \"../../../om\", default-features = false }"),
            "{package}"
        );
        assert!(
            package.contains("serde = { version = \"1\", features = [\"derive\"] }"),
            "{package}"
        );
    }
}
