const _: () = {
    #[automatically_derived]
    impl ::hecate_om::__private::SettingValue for Ranking {
        fn form() -> ::hecate_om::__private::String {
            ::hecate_om::__private::choice_form(&["bm25", "hybrid_search"])
        }
        fn parse(
            text: &::core::primitive::str,
        ) -> ::core::result::Result<Self, ::hecate_om::__private::String> {
            ::hecate_om::__private::choice(
                text,
                [("bm25", Self::Bm25), ("hybrid_search", Self::HybridSearch)],
            )
        }
    }
};
