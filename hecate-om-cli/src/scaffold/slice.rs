//! Adds a slice: a package under `apps` that the service links.

use std::path::Path;

use hecate_om_templates::slice as templates;
use heck::ToUpperCamelCase;
use liquid::Object;
use liquid::model::Value as Liquid;
use toml_edit::{Array, DocumentMut, InlineTable, Item};

use super::cargo_toml::{CargoToml, get_dashed, refusal};
use super::changes::{self, Changes};
use super::inherit::{PackageContext, depended_on};
use super::render::Renderer;
use super::{AddSliceArgs, SliceKind};
use super::{ScaffoldResult, cannot_write, crates, edition, name, refuse_existing, workspace};
use crate::output::Failure;

/// Adds a slice to the service in `args.path` and to its workspace. Preserves the format and
/// comments of each `Cargo.toml`.
///
/// # Errors
///
/// Fails on an invalid name, a slice that exists, a folder without a service, or a result that
/// Cargo refuses. On an error, nothing is changed.
pub(crate) fn add(args: &AddSliceArgs) -> Result<ScaffoldResult, Failure> {
    let no_service = |why: String| Failure::new("no_service", why);
    let slice = name::slice(&args.name).map_err(Failure::malformed)?;
    let example = source("placeholder", args.kind)?;
    name::unused(&slice, &example).map_err(Failure::malformed)?;
    let source = source(&slice, args.kind)?;
    let dir = workspace::absolute(&args.path).map_err(|error| cannot_write(&args.path, &error))?;
    let read = || {
        let service = CargoToml::read(&dir)?;
        let root = workspace::enclosing(&service)?;
        Ok((service, root))
    };
    let (service, root) = read().map_err(no_service)?;
    let lock = changes::lock(root.as_ref().unwrap_or(&service).dir());
    // Read both files again, because another run may have changed them before the lock was
    // acquired.
    let (mut service, mut root) = read().map_err(no_service)?;
    let invalid = |why: &str| no_service(format!("`{}`: {why}", service.file.display()));
    if service.package().is_none() || depended_on(&service, "dependencies", "hecate-om").is_none() {
        return Err(invalid(
            "no package that depends on `hecate-om`; name the service's folder with `--path`",
        ));
    }
    let resolved = root.as_ref().unwrap_or(&service);
    if resolved.is_workspace() {
        let bad_workspace = |why| Failure::new("bad_workspace", why);
        workspace::check_resolver(resolved).map_err(bad_workspace)?;
    }
    if is_taken(&service, &slice) {
        return Err(invalid(&format!("it already has a crate `{slice}`")));
    }
    crates::refuse_locked(&slice, resolved.dir()).map_err(Failure::malformed)?;
    let slice_dir = dir.join("apps").join(&slice);
    // Print the path in the form of the argument.
    let shown = args.path.join("apps").join(&slice);
    refuse_existing(&shown, "choose another name for the slice")?;

    let package = package(&slice, args.kind, &slice_dir, &service, root.as_ref())?;
    depend(&mut service, &slice).map_err(no_service)?;
    let path = |root: &CargoToml| workspace::relative(root.dir(), &slice_dir);
    let joined = root.as_mut().unwrap_or(&mut service);
    let is_new = !joined.is_workspace();
    let listed = path(joined);
    workspace::add_member(joined, &slice_dir, &listed).map_err(no_service)?;
    if is_new {
        let all = Array::from_iter([".", &listed]);
        joined.document["workspace"]["default-members"] = toml_edit::value(all);
    }
    workspace::add_default_member(joined, &slice_dir, &dir).map_err(no_service)?;

    let was_refused = refusal(&service.file).is_some();
    let files = [
        ("Cargo.toml".to_owned(), package),
        ("src/lib.rs".to_owned(), source),
    ];
    let mut changes = Changes::default();
    changes.add_folder(
        &slice_dir,
        &files,
        &edition(root.as_ref().unwrap_or(&service)),
    )?;
    service.save(&mut changes)?;
    if let Some(root) = &root {
        root.save(&mut changes)?;
    }
    if !was_refused {
        super::accepted(&slice_dir)?;
    }
    let changed = changes.commit();
    drop(lock);
    Ok(ScaffoldResult {
        name: slice,
        path: shown,
        files: files.into_iter().map(|(path, _)| path).collect(),
        workspace: root.map(|root| root.dir().to_owned()),
        changed,
        has_fast_cryptography: false,
        is_local: false,
    })
}

/// Returns whether the service has this name, or a dependency with this name.
fn is_taken(service: &CargoToml, slice: &str) -> bool {
    let is_slice = |name: &str| name.replace('-', "_") == slice;
    let own = service.package().and_then(|package| package.get("name"));
    let depends = ["dependencies", "dev-dependencies"].iter().any(|table| {
        let table = get_dashed(service.document.as_item(), table).and_then(Item::as_table_like);
        table.is_some_and(|table| table.iter().any(|(name, _)| is_slice(name)))
    });
    depends || own.and_then(Item::as_str).is_some_and(is_slice)
}

/// Renders `Cargo.toml` of the slice, adapted to the workspace and to the service's dependencies.
fn package(
    slice: &str,
    kind: SliceKind,
    dir: &Path,
    service: &CargoToml,
    root: Option<&CargoToml>,
) -> Result<String, Failure> {
    let (kind, about) = match kind {
        SliceKind::Cmd => ("cmd", "A command: makes a decision"),
        SliceKind::Prj => ("prj", "A projection: data that queries read"),
        SliceKind::Qry => ("qry", "A query: reads, and changes nothing"),
    };
    let values = Object::from_iter([
        ("slice".into(), Liquid::scalar(slice.to_owned())),
        ("kind".into(), Liquid::scalar(kind)),
        ("about".into(), Liquid::scalar(about)),
    ]);
    let name = "slice/Cargo.toml";
    let text = Renderer::new()?.render(name, templates::PACKAGE, &values)?;
    let mut package = super::parse_rendered(name, &text)?;
    let context = PackageContext {
        dir,
        workspace: root.unwrap_or(service),
        service: Some(service),
        rendered: &DocumentMut::new(),
    };
    context.apply(&mut package, false);
    Ok(package.to_string())
}

/// Adds the slice to the service's dependencies.
fn depend(service: &mut CargoToml, slice: &str) -> Result<(), String> {
    let invalid = format!(
        "`dependencies` in `{}` is not a table",
        service.file.display()
    );
    let dependencies = service.document["dependencies"]
        .as_table_like_mut()
        .ok_or(invalid)?;
    let mut dependency = InlineTable::new();
    dependency.insert("path", format!("apps/{slice}").into());
    dependencies.insert(slice, toml_edit::value(dependency));
    Ok(())
}

fn source(slice: &str, kind: SliceKind) -> Result<String, Failure> {
    let (file, template) = match kind {
        SliceKind::Cmd => ("slice/cmd.rs", templates::COMMAND),
        SliceKind::Prj => ("slice/prj.rs", templates::PROJECTION),
        SliceKind::Qry => ("slice/qry.rs", templates::QUERY),
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

    fn rendered(service: &str) -> String {
        let service = CargoToml::parse(Path::new("/s"), service).unwrap();
        package("a", SliceKind::Cmd, Path::new("/s/apps/a"), &service, None).unwrap()
    }

    #[test]
    fn a_slice_has_the_dependencies_of_the_service_with_its_own_paths() {
        let package = rendered(
            "[dependencies]\nhecate-om = { path = \"../om\", default-features = false }\n",
        );
        assert!(
            package.contains("hecate-om = { path = \"../../../om\", default-features = false }"),
            "{package}"
        );
        assert!(
            package.contains("serde = { version = \"1\", features = [\"derive\"] }"),
            "{package}"
        );
    }

    #[test]
    fn a_slice_has_the_floor_the_licence_and_the_lints_of_its_service() {
        let service = "[package]\nlicense = \"MIT\" # ours\n[lints.rust]\nunsafe_code = \"forbid\"\n\
                       [dependencies]\nhecate-om = \"0.2\"\nserde = \"0.9\"\n";
        let package = rendered(service);
        for line in [
            concat!("rust-version = \"", env!("CARGO_PKG_RUST_VERSION"), "\"\n"),
            "license = \"MIT\"\n",
            "[lints.rust]\nunsafe_code = \"forbid\"\n",
            "hecate-om = \"0.2\"\n",
            "serde = { version = \"1\", features = [\"derive\"] }\n",
        ] {
            assert!(package.contains(line), "{line}: {package}");
        }
        let higher = service.replace("[package]", "[package]\nrust-version = \"1.90\"");
        let package = rendered(&higher);
        assert!(package.contains("rust-version = \"1.90\"\n"), "{package}");
    }

    #[test]
    fn keys_with_an_underscore_are_read_and_written_with_a_dash() {
        let package = rendered(
            "[dependencies]\nhecate-om = { version = \"0.1\", default_features = false, optional = true }\n\
             [dev_dependencies]\ntokio = \"1.40\"\n",
        );
        assert!(
            package.contains("hecate-om = { version = \"0.1\", default-features = false }"),
            "{package}"
        );
        assert!(package.contains("tokio = \"1.40\""), "{package}");
        let package = rendered(
            "dependencies.hecate-om.version=\"0.1\"\ndependencies.hecate-om.default_features=false\n",
        );
        assert!(
            package.contains("hecate-om = { version = \"0.1\", default-features = false }\n"),
            "{package}"
        );
    }

    #[test]
    fn a_name_that_occurs_in_the_source_of_a_kind_is_refused() {
        let command = source("placeholder", SliceKind::Cmd).unwrap();
        for name in ["decide", "decided", "tests", "json_schema", "result", "ok"] {
            assert!(name::unused(name, &command).is_err(), "{name}");
        }
        for name in ["subject", "command", "query", "count"] {
            assert_eq!(name::unused(name, &command), Ok(()), "{name}");
        }
    }
}
