//! Facts as types: published facts, and subscriptions with the topic of their fact's type.

use hecate_om_manifest::Publication;

use crate::fixture::{SERVICE, Tree, errors};

const PLACED: &str = "/// An order was placed.\n#[hecate_om::fact(\"acme/shop/order_placed_v1\")]\n\
    #[derive(Serialize)]\npub struct OrderPlaced { order: u64 }\n";

/// Returns a service beside the crates `shop-facts` and `shop-client`.
fn with_crates(main: &str, tables: &str, facts: &str, client: &str) -> Tree {
    let package = |name: &str, tables: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{tables}")
    };
    let dependencies = format!(
        "[dependencies]\nshop-facts = {{ path = \"facts\" }}\n\
         client = {{ path = \"client\", package = \"shop-client\" }}\n{tables}"
    );
    Tree::new(&[
        ("Cargo.toml", &package("demo", &dependencies)),
        ("src/main.rs", &format!("{SERVICE}{main}")),
        ("facts/Cargo.toml", &package("shop-facts", "")),
        ("facts/src/lib.rs", facts),
        ("client/Cargo.toml", &package("shop-client", "")),
        ("client/src/lib.rs", client),
    ])
}

fn topics(tree: &Tree) -> (Vec<String>, Vec<String>) {
    let scan = tree.scan();
    assert_eq!(errors(&scan), "");
    assert!(scan.complete);
    let subscribed = scan.handlers.subscriptions.into_iter().map(|s| s.topic);
    let published = scan.handlers.publications.into_iter().map(|p| p.topic);
    (subscribed.collect(), published.collect())
}

#[test]
fn a_published_fact_has_its_documentation_type_and_crate() {
    let tree = with_crates("", "", PLACED, "");
    let scan = tree.scan();
    assert_eq!(
        scan.handlers.publications,
        [Publication {
            doc: Some("An order was placed.".to_owned()),
            fact: Some("OrderPlaced".to_owned()),
            package: Some("shop-facts".to_owned()),
            ..Publication::new("acme/shop/order_placed_v1")
        }]
    );
    assert_eq!(scan.links, ["shop_facts"]);
}

#[test]
fn a_subscription_without_a_topic_has_that_of_its_facts_type() {
    let main = "use shop_facts::OrderPlaced as Placed;\nmod sent;\n\
        #[subscribe]\nasync fn placed(order: Delivery<Placed>) {}\n\
        #[subscribe(gaps = ignored)]\nasync fn paid(order: client::types::OrderPaid) {}\n";
    let tree = with_crates(
        main,
        "",
        PLACED,
        "mod types { pub struct OrderPaid {}\nimpl ::hecate_om::fact::Fact for OrderPaid { const TOPIC: &'static str = \"acme/shop/order_paid_v2\"; } }",
    );
    tree.write(
        "src/sent.rs",
        "use hecate_om::{fact, subscribe};\n#[fact(\"demo/sent_v1\")]\nstruct Sent {}\n\
         #[subscribe]\nasync fn sent(of: Delivery<Sent>) {}\n",
    );
    assert_eq!(
        topics(&tree),
        (
            vec![
                "acme/shop/order_paid_v2".to_owned(),
                "acme/shop/order_placed_v1".to_owned(),
                "demo/sent_v1".to_owned()
            ],
            vec![
                "acme/shop/order_placed_v1".to_owned(),
                "demo/sent_v1".to_owned()
            ]
        )
    );
}

#[test]
fn the_facts_of_a_called_crate_are_known_and_not_published() {
    let tree = with_crates(
        "#[subscribe]\nasync fn placed(order: Delivery<shop_facts::OrderPlaced>) {}\n",
        "[package.metadata.hecate-om.calls]\nshop-facts = \"acme\"\n",
        PLACED,
        "",
    );
    let topic = || vec!["acme/shop/order_placed_v1".to_owned()];
    assert_eq!(topics(&tree), (topic(), vec![]));
}

#[test]
fn an_unknown_or_ambiguous_type_is_an_error_that_asks_for_the_topic() {
    let ambiguous = format!(
        "mod a {{ {PLACED} }}\nmod b {{ #[hecate_om::fact(\"acme/shop/order_placed_v2\")]\nstruct OrderPlaced {{}} }}\n\
         mod c {{ #[hecate_om::subscribe]\nasync fn placed(order: Delivery<OrderPlaced>) {{}} }}\n"
    );
    for (main, why) in [
        (
            "#[subscribe]\nasync fn placed(order: Delivery<OrderPlaced>) {}\n",
            "src/main.rs:4:33: the build script finds no topic of the type `OrderPlaced`: put `#[fact(\"…\")]` on it if \
             the service publishes it, or write the topic",
        ),
        // Types of one file are not told apart by their modules.
        (
            &*ambiguous,
            "several types `OrderPlaced` are facts, of the topics `acme/shop/order_placed_v1` and \
             `acme/shop/order_placed_v2`: write the topic",
        ),
    ] {
        let messages = errors(&Tree::service(main, &[]).scan());
        assert!(messages.contains(why), "{messages}");
        assert_eq!(messages.lines().count(), 1, "{messages}");
    }
}

#[test]
fn two_types_of_one_topic_are_an_error() {
    let tree = Tree::service(&format!("{PLACED}mod other {{ {PLACED} }}"), &[]);
    assert_eq!(
        errors(&tree.scan()),
        "src/main.rs:8:19: the topic `acme/shop/order_placed_v1` has a fact twice, first at src/main.rs:4:19: a topic has \
         one type, which its subscribers read; give this one another topic\n"
    );
}

#[test]
fn a_mistake_in_a_fact_is_reported_by_the_macro_only() {
    for mistaken in [
        "#[fact]\nstruct OrderPlaced {}\n",
        "#[fact(\"acme/shop/order_placed\")]\nstruct OrderPlaced {}\n",
        "#[fact(\"acme/shop/order_placed_v1\")]\nstruct OrderPlaced(u64);\n",
        "#[fact(\"acme/shop/order_placed_v1\")]\n#[serde(deny_unknown_fields)]\nstruct OrderPlaced {}\n",
    ] {
        let scan = Tree::service(mistaken, &[]).scan();
        assert_eq!(scan.errors, []);
        assert!(!scan.complete, "{mistaken}");
        assert_eq!(scan.handlers, hecate_om_manifest::scan::Handlers::default());
    }
}
