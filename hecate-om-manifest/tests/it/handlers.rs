//! Subscriptions and schedules.

use hecate_om_manifest::{Gaps, RetryDescription, Schedule, Subscription};

use crate::fixture::{SERVICE, Tree, errors};

const LISTENS: &str = "/// Counts orders.\n#[subscribe(\"acme/shop/order_placed_v1\", concurrency = 2)]\n\
    async fn placed(order: Delivery<OrderPlaced>) {}\n";

#[test]
fn subscriptions_and_schedules_are_found_with_their_arguments() {
    let tree = Tree::service(
        "mod work;\nuse hecate_om::{cron as at, subscribe};\n\
         #[subscribe(\"acme/shop/order_sent_v1\", gaps = ignored)]\nasync fn sent(order: Vec<u8>, event: &FactMetadata) {}\n\
         #[at(\"0 3 * * *\", name = \"report.nightly\", replicas = one)]\nasync fn report(due: DueTime, index: &Index) {}\n\
         #[cfg(not(unix))]\n#[hecate_om::every(\"1s\")]\nasync fn elsewhere() {}\n",
        &[(
            "src/work.rs",
            &format!("{LISTENS}#[hecate_om::every(\"30s\")]\nasync fn prune() {{}}\n"),
        )],
    );
    let scan = tree.scan();
    assert_eq!(scan.errors, []);
    assert!(scan.complete);
    let package = || Some("demo".to_owned());
    assert_eq!(
        scan.handlers.subscriptions,
        [
            Subscription {
                doc: Some("Counts orders.".to_owned()),
                fact: Some("OrderPlaced".to_owned()),
                concurrency: Some(2),
                package: package(),
                ..Subscription::new("acme/shop/order_placed_v1")
            },
            Subscription {
                fact: Some("Vec<u8>".to_owned()),
                gaps: Gaps::Ignored,
                package: package(),
                ..Subscription::new("acme/shop/order_sent_v1")
            },
        ]
    );
    assert_eq!(
        scan.handlers.schedules,
        [
            Schedule {
                every: Some("30s".to_owned()),
                package: package(),
                ..Schedule::new("prune")
            },
            Schedule {
                cron: Some("0 3 * * *".to_owned()),
                replicas: Some("one".to_owned()),
                package: package(),
                ..Schedule::new("report.nightly")
            },
        ]
    );
    assert_eq!(scan.handlers_in_tests, scan.handlers);
}

#[test]
fn a_crate_with_only_subscriptions_is_kept_by_the_linker() {
    let tree = Tree::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
             [dependencies]\ncount-orders = { path = \"count-orders\" }\n",
        ),
        ("src/main.rs", SERVICE),
        (
            "count-orders/Cargo.toml",
            "[package]\nname = \"count-orders\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
        ),
        ("count-orders/src/lib.rs", LISTENS),
    ]);
    let scan = tree.scan();
    assert_eq!(scan.links, ["count_orders"]);
    let package = scan.handlers.subscriptions[0].package.as_deref();
    assert_eq!(package, Some("count-orders"));
}

#[test]
fn two_handlers_of_one_topic_and_two_schedules_of_one_name_are_errors() {
    let tree = Tree::service(
        &format!(
            "{LISTENS}{LISTENS}#[every(\"1s\")]\nasync fn prune() {{}}\n\
             mod other {{ use super::*; #[cron(\"0 3 * * *\")]\nasync fn prune() {{}} }}\n"
        ),
        &[],
    );
    assert_eq!(
        errors(&tree.scan()),
        "src/main.rs:7:13: the topic `acme/shop/order_placed_v1` is subscribed to twice, first at src/main.rs:4:13: a \
         topic can have one handler in a service; call both functions from one handler\n\
         src/main.rs:12:10: the schedule `prune` is declared twice, first at src/main.rs:10:10: metrics could not \
         distinguish them; rename this one with `name = \"…\"`\n"
    );
}

#[test]
fn a_mistake_in_an_attribute_is_reported_by_the_macro_only() {
    for mistaken in [
        "#[subscribe(\"acme/shop/order_placed_v1\")]\nasync fn placed(order: Order) {}\n",
        "#[every(\"30\")]\nasync fn prune() {}\n",
        "#[cron(\"every day\")]\nasync fn prune() {}\n",
    ] {
        let scan = Tree::service(mistaken, &[]).scan();
        assert_eq!(scan.errors, []);
        assert!(!scan.complete, "{mistaken}");
        assert_eq!(scan.handlers, hecate_om_manifest::scan::Handlers::default());
    }
}

#[test]
fn a_handler_in_an_impl_is_reported() {
    let tree = Tree::service(
        "impl Demo {\n    #[every(\"30s\")]\n    async fn prune() {}\n}\n",
        &[],
    );
    assert_eq!(
        errors(&tree.scan()),
        "src/main.rs:4:5: a scheduled function must be a free function: move it out of the `impl`\n"
    );
}

#[test]
fn retries_are_found_with_their_whole_window() {
    let tree = Tree::service(
        "use hecate_om::{every, subscribe};\n\
         #[subscribe(\"acme/shop/order_sent_v1\", gaps = ignored, retries = 5, backoff = \"1s..1m\", deadline = \"30s\", order = \"kept\")]\n\
         async fn sent(order: Vec<u8>) {}\n\
         #[every(\"1h\", retries = 2)]\nasync fn prune() {}\n",
        &[],
    );
    let scan = tree.scan();
    assert_eq!(scan.errors, []);
    let sent = &scan.handlers.subscriptions[0];
    let window = |max, window: &str| {
        Some(RetryDescription {
            max,
            backoff: "1s..1m".into(),
            window: window.into(),
        })
    };
    assert_eq!(sent.retries, window(5, "31s"));
    assert_eq!(sent.deadline.as_deref(), Some("30s"));
    assert_eq!(sent.order.as_deref(), Some("kept"));
    assert_eq!(scan.handlers.schedules[0].retries, window(2, "3s"));
}
