//! Renders Liquid templates, with the filters of `cargo generate` that they use.

use heck::{ToSnakeCase, ToTitleCase, ToUpperCamelCase};
use liquid::{Object, Parser, ParserBuilder};
use liquid_core::{
    Display_filter, Filter, FilterReflection, ParseFilter, Result, Runtime, Value, ValueView,
};

use crate::output::Failure;

#[derive(Clone, ParseFilter, FilterReflection)]
#[filter(
    name = "snake_case",
    description = "`a-name` to `a_name`",
    parsed(SnakeCaseFilter)
)]
struct SnakeCase;

#[derive(Debug, Default, Display_filter)]
#[name = "snake_case"]
struct SnakeCaseFilter;

impl Filter for SnakeCaseFilter {
    fn evaluate(&self, input: &dyn ValueView, _: &dyn Runtime) -> Result<Value> {
        let text = input.to_kstr().to_snake_case();
        Ok(text.to_value())
    }
}

#[derive(Clone, ParseFilter, FilterReflection)]
#[filter(
    name = "title_case",
    description = "`a-name` to `A Name`",
    parsed(TitleCaseFilter)
)]
struct TitleCase;

#[derive(Debug, Default, Display_filter)]
#[name = "title_case"]
struct TitleCaseFilter;

impl Filter for TitleCaseFilter {
    fn evaluate(&self, input: &dyn ValueView, _: &dyn Runtime) -> Result<Value> {
        let text = input.to_kstr().to_title_case();
        Ok(text.to_value())
    }
}

#[derive(Clone, ParseFilter, FilterReflection)]
#[filter(
    name = "upper_camel_case",
    description = "`a-name` to `AName`",
    parsed(UpperCamelCaseFilter)
)]
struct UpperCamelCase;

#[derive(Debug, Default, Display_filter)]
#[name = "upper_camel_case"]
struct UpperCamelCaseFilter;

impl Filter for UpperCamelCaseFilter {
    fn evaluate(&self, input: &dyn ValueView, _: &dyn Runtime) -> Result<Value> {
        let text = input.to_kstr().to_upper_camel_case();
        Ok(text.to_value())
    }
}

/// Renderer of templates.
pub(super) struct Renderer(Parser);

impl Renderer {
    pub(super) fn new() -> std::result::Result<Self, Failure> {
        let parser = ParserBuilder::with_stdlib()
            .filter(SnakeCase)
            .filter(TitleCase)
            .filter(UpperCamelCase)
            .build();
        parser
            .map(Self)
            .map_err(|error| template_failure("filters", &error))
    }

    /// Renders a template; `name` identifies it in errors.
    pub(super) fn render(
        &self,
        name: &str,
        template: &str,
        values: &Object,
    ) -> std::result::Result<String, Failure> {
        let template = self
            .0
            .parse(template)
            .map_err(|error| template_failure(name, &error))?;
        template
            .render(values)
            .map_err(|error| template_failure(name, &error))
    }
}

/// Returns the failure of a template. The templates are tested, so it is a bug.
fn template_failure(name: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::new("failed", format!("the template `{name}`: {error}"))
}
