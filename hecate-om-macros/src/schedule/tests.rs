use expect_test::expect_file;
use quote::quote;

use super::{expand_cron, expand_every};
use crate::snapshot::{mistakes, names, pretty};

#[test]
fn a_periodic_schedule_is_registered() {
    let expansion = expand_every(
        &quote!("30s"),
        &quote! {
            async fn prune(index: &Index, mesh: &Mesh) -> Result<(), Error> {
                index.prune(mesh).await
            }
        },
    );
    expect_file!["../../tests/snapshots/schedule_every.rs"].assert_eq(&pretty(&expansion));
}

#[test]
fn a_cron_schedule_is_registered() {
    let expansion = expand_cron(
        &quote!("0 3 * * MON-FRI", name = "prune.nightly", replicas = one),
        &quote! {
            async fn prune(due: DueTime, index: &Index) {}
        },
    );
    expect_file!["../../tests/snapshots/schedule_cron.rs"].assert_eq(&pretty(&expansion));
}

#[test]
fn every_mistake_is_reported_and_nothing_is_registered() {
    let expansion = expand_every(
        &quote!("30", named = "x"),
        &quote! {
            fn prune(index: Index) {}
        },
    );
    assert_eq!(mistakes(&expansion).len(), 4);
    assert!(!names(&expansion, "distributed_slice"));
}

#[test]
fn an_invalid_pattern_is_refused_with_an_example() {
    for (pattern, why) in [
        ("0 3 * *", "five fields"),
        ("@daily", "not 1"),
        ("0 3 * * * UTC", "not 6"),
        ("60 3 * * *", "invalid cron pattern"),
        ("0 0 30 2 *", "matches no day"),
    ] {
        let expansion = expand_cron(
            &quote!(#pattern),
            &quote!(
                async fn prune() {}
            ),
        );
        let [mistake] = &mistakes(&expansion)[..] else {
            panic!("not one mistake: {pattern}");
        };
        assert!(mistake.contains(why), "{pattern}: {mistake}");
    }
}

#[test]
fn replicas_can_only_be_one_and_a_due_time_is_taken_once() {
    let function = quote! {
        async fn prune(due: DueTime, again: DueTime) {}
    };
    for value in [quote!(two), quote!(1), quote!("one"), quote!(One)] {
        let mistakes = mistakes(&expand_every(&quote!("1h", replicas = #value), &function));
        let [replicas, again] = &mistakes[..] else {
            panic!("not two mistakes: {mistakes:?}");
        };
        assert!(
            replicas.contains("`replicas` can only be `one`"),
            "{replicas}"
        );
        assert!(again.contains("has no payload"), "{again}");
    }
}
