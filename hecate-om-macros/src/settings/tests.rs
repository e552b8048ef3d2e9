use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;
use quote::quote;

use super::expand;
use crate::snapshot::{mistakes, names, pretty};

fn expands(item: &TokenStream, snapshot: &ExpectFile) {
    snapshot.assert_eq(&pretty(&expand(item)));
}

#[test]
fn a_struct_lists_and_reads_its_fields() {
    expands(
        &quote! {
            #[settings(prefix = "RAG_")]
            struct RagSettings {
                /// Folder of the documents.
                ///
                /// More about it.
                corpus: PathBuf,
                /// Passages in an answer.
                #[settings(default = 10, reload)]
                top_k: u32,
                r#type: Option<Kind>,
                api_key: Secret<String>,
                #[settings(nested)]
                index: IndexSettings,
            }
        },
        &expect_file!["../../tests/snapshots/settings_struct.rs"],
    );
}

#[test]
fn an_enum_is_parsed_by_the_names_of_its_variants() {
    expands(
        &quote!(
            enum Ranking {
                Bm25,
                HybridSearch,
            }
        ),
        &expect_file!["../../tests/snapshots/settings_enum.rs"],
    );
}

#[test]
fn a_renamed_dependency_is_used_by_its_new_name() {
    for item in [
        quote!(
            #[settings(crate = crate::om)]
            struct RagSettings {
                top_k: u32,
            }
        ),
        quote!(
            #[settings(crate = crate::om)]
            enum Ranking {
                Bm25,
            }
        ),
    ] {
        let expansion = expand(&item);
        assert!(!names(&expansion, "hecate_om"), "{}", pretty(&expansion));
        assert!(names(&expansion, "om"));
    }
}

#[test]
fn every_mistake_is_reported_and_nothing_is_implemented() {
    let expansion = expand(&quote! {
        #[settings(prefix = "rag")]
        struct RagSettings {
            #[settings(default = ten)]
            top_k: u32,
            #[settings(defualt = 10)]
            limit: u32,
            a__b: u32,
        }
    });
    assert_eq!(mistakes(&expansion).len(), 4, "{}", pretty(&expansion));
    assert!(!names(&expansion, "impl"));
}
