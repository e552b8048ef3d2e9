//! Adapts a rendered package to the workspace and the service that it joins.

use std::path::Path;

use semver::VersionReq;
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

use super::cargo_toml::{CargoToml, get, get_dashed, inherited};
use super::workspace::{normal, relative};

/// Fields that a member inherits from its workspace, like with `cargo new`.
pub(super) const FIELDS: [&str; 5] = [
    "authors",
    "edition",
    "license",
    "repository",
    "rust-version",
];

const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Workspace and service to which a rendered package is adapted.
#[derive(Debug, Clone, Copy)]
pub(super) struct PackageContext<'a> {
    /// Folder of the package.
    pub(super) dir: &'a Path,
    /// Workspace from which the package inherits.
    pub(super) workspace: &'a CargoToml,
    /// Service whose dependencies a slice shares.
    pub(super) service: Option<&'a CargoToml>,
    /// Rendered `Cargo.toml` whose `[workspace]` has the values for `workspace = true`.
    pub(super) rendered: &'a DocumentMut,
}

impl PackageContext<'_> {
    /// Inherits the values that the workspace has, and writes the others.
    pub(super) fn apply(&self, package: &mut DocumentMut, license_is_own: bool) {
        package.remove("workspace");
        // Cargo reads these only in the root.
        package.remove("profile");
        package.remove("patch");
        if let Some(fields) = package.get_mut("package").and_then(Item::as_table_mut) {
            let publish = fields.remove("publish");
            for field in FIELDS {
                let own = match fields.get(field) {
                    own if is_inherited(own) => {
                        get(self.rendered, &["workspace", "package", field])
                    }
                    own => own,
                };
                let own = own.cloned();
                let fits = |theirs: &&Item| is_floor_met(field, own.as_ref(), theirs);
                let is_own = field == "license" && license_is_own;
                if let Some(theirs) = self.of_service(field).filter(fits) {
                    fields.insert(field, plain(theirs));
                } else if !is_own
                    && self
                        .of_workspace(&["package", field])
                        .filter(fits)
                        .is_some()
                {
                    fields.insert(field, inherited());
                } else if let Some(own) = own {
                    fields.insert(field, own);
                }
            }
            if let Some(publish) = publish {
                fields.insert("publish", publish);
            }
        }
        self.lints(package);
        for table in TABLES {
            let Some(dependencies) = package.get_mut(table).and_then(Item::as_table_mut) else {
                continue;
            };
            let names: Vec<String> = dependencies
                .iter()
                .map(|(name, _)| name.to_owned())
                .collect();
            for name in names {
                let fitted = self.dependency(table, &name, &dependencies[&name]);
                if let Some(fitted) = fitted {
                    dependencies[&name] = fitted;
                }
            }
        }
    }

    fn lints(&self, package: &mut DocumentMut) {
        if self.of_workspace(&["lints"]).is_some() {
            let mut lints = Table::new();
            lints["workspace"] = toml_edit::value(true);
            package["lints"] = Item::Table(lints);
        } else if is_inherited(package.get("lints"))
            && let Some(own) = get(self.rendered, &["workspace", "lints"])
        {
            package["lints"] = elsewhere(own);
        } else if let Some(service) = self.service
            && let Some(own) = get(&service.document, &["lints"])
            && !is_inherited(Some(own))
        {
            package["lints"] = elsewhere(own);
        }
    }

    /// Returns a field that the service sets itself.
    fn of_service(&self, field: &str) -> Option<&Item> {
        let own = get_dashed(self.service?.package()?, field)?;
        (!is_inherited(Some(own))).then_some(own)
    }

    /// Returns the dependency to write in place of `rendered`, or `None` to keep `rendered`.
    fn dependency(&self, table: &str, name: &str, rendered: &Item) -> Option<Item> {
        let own = if is_inherited(Some(rendered)) {
            let mut own = get(self.rendered, &["workspace", "dependencies", name])?.clone();
            add_features(&mut own, features(rendered));
            own
        } else {
            rendered.clone()
        };
        // Relative paths between the template's packages stay.
        if path(&own).is_some_and(Path::is_relative) {
            return None;
        }
        let of_service = self
            .service
            .and_then(|service| depended_on(service, table, name));
        // A slice links the same hecate-om as its service, in any version.
        let is_given = is_framework(name) && of_service.is_some();
        let of_workspace = self.of_workspace(&["dependencies", name]);
        let of_workspace = of_workspace.filter(|theirs| {
            if is_given {
                is_inherited(of_service)
            } else {
                is_compatible(name, &own, theirs, self.workspace.dir())
            }
        });
        if let Some(theirs) = of_workspace {
            let missing: Vec<String> = features(&own)
                .into_iter()
                .filter(|feature| !features(theirs).contains(feature))
                .collect();
            // A member cannot disable default features that the workspace enables.
            if default_features(theirs) && !default_features(&own) {
                let mut moved = moved(theirs, self.workspace.dir(), self.dir);
                set(&mut moved, "default-features", false.into());
                add_features(&mut moved, missing);
                return Some(moved);
            }
            let mut item = inherited();
            if !missing.is_empty() {
                item = Item::Value(Value::InlineTable(Default::default()));
                set(&mut item, "workspace", true.into());
                add_features(&mut item, missing);
            }
            return Some(item);
        }
        if let Some(service) = self.service
            && let Some(theirs) = of_service
            && !is_inherited(Some(theirs))
            && (is_given || is_compatible(name, &own, theirs, service.dir()))
        {
            return Some(moved(theirs, service.dir(), self.dir));
        }
        Some(own)
    }

    fn of_workspace(&self, path: &[&str]) -> Option<&Item> {
        let path = [&["workspace"], path].concat();
        get(&self.workspace.document, &path)
    }
}

/// Returns the workspace's dependency on hecate-om, if a rendered service uses its source.
pub(super) fn framework<'a>(workspace: &'a CargoToml, rendered: &DocumentMut) -> Option<&'a Item> {
    let name = "hecate-om";
    let shared = ["workspace", "dependencies", name];
    let own = get(rendered, &shared).or_else(|| get(rendered, &shared[1..]))?;
    let theirs = get(&workspace.document, &shared)?;
    is_compatible(name, own, theirs, workspace.dir()).then_some(theirs)
}

/// Returns a package's dependency by the crate's name, which the package may rename.
pub(super) fn depended_on<'a>(package: &'a CargoToml, table: &str, name: &str) -> Option<&'a Item> {
    let table = get_dashed(package.document.as_item(), table)?.as_table_like()?;
    let named = |(key, item): &(&str, &Item)| match item.get("package") {
        Some(package) => package.as_str() == Some(name),
        None => *key == name,
    };
    table.iter().find(named).map(|(_, item)| item)
}

/// Returns whether the workspace's dependency is compatible with the template.
fn is_compatible(name: &str, own: &Item, theirs: &Item, workspace: &Path) -> bool {
    let package = theirs.get("package").and_then(Item::as_str);
    if package.is_some_and(|package| package != name) {
        return false;
    }
    let git = |item: &Item| item.get("git").and_then(Item::as_str).map(str::to_owned);
    // This source was requested by a flag.
    if let Some(own) = path(own) {
        return path(theirs).is_some_and(|path| normal(&workspace.join(path)) == normal(own));
    }
    if let Some(own) = git(own) {
        return git(theirs) == Some(own);
    }
    let is_elsewhere = path(theirs).is_some() || git(theirs).is_some();
    if is_elsewhere && theirs.get("version").is_none() {
        return is_framework(name);
    }
    (!is_elsewhere || is_framework(name)) && has_version_of(own, theirs)
}

/// Returns whether the crate is part of hecate-om, for which any source is accepted.
fn is_framework(name: &str) -> bool {
    matches!(name, "hecate-om" | "hecate-om-manifest")
}

/// Returns whether two requirements have the same major version, or below 1.0 the same minor
/// version.
fn has_version_of(own: &Item, theirs: &Item) -> bool {
    let leading = |item: &Item| {
        let version = item.as_str().or_else(|| item.get("version")?.as_str())?;
        let requirement = VersionReq::parse(version).ok()?;
        let first = requirement.comparators.first()?;
        match (first.major, first.minor) {
            (0, minor) => minor.map(|minor| (0, minor)),
            (major, _) => Some((major, 0)),
        }
    };
    leading(own).is_some_and(|own| leading(theirs) == Some(own))
}

/// Returns whether a field is at least the value that the template requires.
fn is_floor_met(field: &str, own: Option<&Item>, theirs: &Item) -> bool {
    if !matches!(field, "edition" | "rust-version") {
        return true;
    }
    let numbers = |item: &Item| -> Option<Vec<u32>> {
        let parts = item.as_str()?.split('.');
        parts.map(|part| part.parse().ok()).collect()
    };
    own.is_none_or(|own| numbers(theirs) >= numbers(own))
}

/// Returns another package's dependency, with its path relative to the folder `to`.
fn moved(theirs: &Item, from: &Path, to: &Path) -> Item {
    let mut item = theirs.clone();
    item.make_value();
    if let Some(table) = item.as_table_like_mut() {
        table.remove("package");
        table.remove("optional");
        // Edition 2024 accepts only the dash.
        if let Some(old) = table.remove("default_features")
            && !table.contains_key("default-features")
        {
            table.insert("default-features", old);
        }
    }
    if let Some(path) = path(&item).filter(|path| path.is_relative()) {
        let path = format!("{}/{}", relative(to, from), path.display());
        set(&mut item, "path", path.into());
    }
    if let Some(value) = item.as_value_mut() {
        value.decor_mut().clear();
        if let Some(table) = value.as_inline_table_mut() {
            table.fmt();
        }
    }
    item
}

/// Returns the value without surrounding comments and white space.
fn plain(item: &Item) -> Item {
    let mut item = item.clone();
    if let Some(value) = item.as_value_mut() {
        value.decor_mut().clear();
    }
    item
}

/// Returns the item without its position in the original document.
fn elsewhere(item: &Item) -> Item {
    let Some(table) = item.as_table() else {
        return item.clone();
    };
    let mut copy = Table::new();
    copy.set_implicit(table.is_implicit());
    for (key, item) in table {
        copy.insert(key, elsewhere(item));
    }
    Item::Table(copy)
}

fn is_inherited(item: Option<&Item>) -> bool {
    item.and_then(|item| item.get("workspace"))
        .and_then(Item::as_bool)
        == Some(true)
}

fn default_features(item: &Item) -> bool {
    let value = get_dashed(item, "default-features").and_then(Item::as_bool);
    value.unwrap_or(true)
}

fn features(item: &Item) -> Vec<String> {
    let list = item.get("features").and_then(Item::as_array);
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

fn add_features(item: &mut Item, more: Vec<String>) {
    let mut all = features(item);
    all.extend(more);
    if !all.is_empty() {
        set(item, "features", Value::Array(Array::from_iter(all)));
    }
}

/// Sets a key of a dependency, which may be only a version.
fn set(item: &mut Item, key: &str, value: Value) {
    if let Some(version) = item.as_str().map(str::to_owned) {
        *item = Item::Value(Value::InlineTable(Default::default()));
        set(item, "version", version.into());
    }
    if let Some(table) = item.as_table_like_mut() {
        TableLike::insert(table, key, Item::Value(value));
    }
    if let Some(table) = item.as_inline_table_mut() {
        table.fmt();
    }
}

fn path(item: &Item) -> Option<&Path> {
    item.get("path").and_then(Item::as_str).map(Path::new)
}

#[cfg(test)]
mod tests;
