//! The list of handlers for the macros.

use crate::service::{MAIN, Service};

const PRINTS: &str = "pub fn list() { println!(\"{}\", env!(\"HECATE_OM_HANDLERS\")); }";

/// Returns the list for a service with additional items in its `main.rs`.
fn list(service: &Service, more: &str) -> String {
    let main = MAIN.replace("fn main() {", "fn main() { list();");
    service.write("src/main.rs", &format!("{main}{PRINTS}{more}"));
    let run = service.cargo(&["run", "--quiet"]);
    let printed = String::from_utf8_lossy(&run.stdout).into_owned();
    printed.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn the_list_has_the_handlers_of_the_package_by_crate() {
    let service = Service::new("listed");
    let example = "#[hecate_om::hecate_service] struct Example;
        #[hecate_om::capability(\"example.say\")] pub async fn say() {}
        fn main() {}";
    service.write("examples/one-more.rs", example);
    assert_eq!(
        list(&service, ""),
        "hecate_listed|capability echo.say 1;one_more|capability example.say 1"
    );
}

#[test]
fn the_list_is_empty_while_part_of_the_source_cannot_be_read() {
    let service = Service::new("unlisted");
    let half = "#[capability(\"a\", verison = 1)] pub async fn a() {}";
    assert_eq!(list(&service, half), "");
}
