//! Labels of alternatives, which pair the variants of an enum with those of its other version.

use std::rc::Rc;

use super::arm::ValueKind;
use super::document::{Document, Id};
use super::work::{Exhausted, WorkBudget};

/// Returns the label of an alternative, by serde's forms of enums: the constants in its required
/// fields; otherwise the names of these fields.
pub(super) fn label<'a>(
    document: &mut Document<'a>,
    id: Id,
    work: &mut WorkBudget,
) -> Result<Rc<str>, Exhausted> {
    if let Some(known) = document.label(id) {
        return Ok(known);
    }
    let arm = document.arm(id);
    work.spend(arm.size())?;
    let (required, fields) = (arm.required(), arm.fields());
    let mut tags = Vec::new();
    for field in required.iter().filter_map(|name| fields.get(name)) {
        work.spend(1)?;
        let location = document.location(field, work)?;
        let Some(arms) = document.arms_of(location) else {
            continue;
        };
        if let [arm] = *arms
            && let Some(values) = &document.arm(arm).values
            && let (1, Some((text, value))) = (values.len(), values.iter().next())
            && !matches!(document.arm(arm).kind, ValueKind::Null)
        {
            tags.push(value.as_str().map_or_else(|| text.clone(), str::to_owned));
        }
    }
    let label: Rc<str> = if !tags.is_empty() {
        tags.join("+").into()
    } else if arm.kind == ValueKind::List {
        "list".into()
    } else if required.is_empty() {
        "object".into()
    } else {
        required.into_iter().collect::<Vec<_>>().join("+").into()
    };
    document.set_label(id, Rc::clone(&label));
    Ok(label)
}
