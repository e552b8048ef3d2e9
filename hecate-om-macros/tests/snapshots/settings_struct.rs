const _: () = {
    #[automatically_derived]
    impl ::hecate_om::__private::Settings for RagSettings {
        const PREFIX: ::core::option::Option<&'static ::core::primitive::str> = ::core::option::Option::Some(
            "RAG_",
        );
        const FIELDS: &'static [::hecate_om::__private::SettingField] = {
            const FIELDS: [::hecate_om::__private::SettingField; 5usize] = [
                ::hecate_om::__private::SettingField::value::<
                    PathBuf,
                >(
                    "corpus",
                    "Folder of the documents.",
                    ::core::option::Option::None,
                    ::hecate_om::__private::WrittenType {
                        is_secret: false,
                        is_optional: false,
                    },
                ),
                ::hecate_om::__private::SettingField::value::<
                    u32,
                >(
                        "top_k",
                        "Passages in an answer.",
                        ::core::option::Option::Some("10"),
                        ::hecate_om::__private::WrittenType {
                            is_secret: false,
                            is_optional: false,
                        },
                    )
                    .reloaded(),
                ::hecate_om::__private::SettingField::value::<
                    Option<Kind>,
                >(
                    "type",
                    "",
                    ::core::option::Option::None,
                    ::hecate_om::__private::WrittenType {
                        is_secret: false,
                        is_optional: true,
                    },
                ),
                ::hecate_om::__private::SettingField::value::<
                    Secret<String>,
                >(
                    "api_key",
                    "",
                    ::core::option::Option::None,
                    ::hecate_om::__private::WrittenType {
                        is_secret: true,
                        is_optional: false,
                    },
                ),
                ::hecate_om::__private::SettingField::group::<IndexSettings>("index", ""),
            ];
            &FIELDS
        };
        fn read(
            reader: &mut ::hecate_om::__private::SettingsReader<'_>,
        ) -> ::core::option::Option<Self> {
            let field_0 = reader
                .value::<
                    PathBuf,
                >(&<Self as ::hecate_om::__private::Settings>::FIELDS[0usize]);
            let field_1 = reader
                .value::<
                    u32,
                >(&<Self as ::hecate_om::__private::Settings>::FIELDS[1usize]);
            let field_2 = reader
                .value::<
                    Option<Kind>,
                >(&<Self as ::hecate_om::__private::Settings>::FIELDS[2usize]);
            let field_3 = reader
                .value::<
                    Secret<String>,
                >(&<Self as ::hecate_om::__private::Settings>::FIELDS[3usize]);
            let field_4 = reader
                .group::<
                    IndexSettings,
                >(&<Self as ::hecate_om::__private::Settings>::FIELDS[4usize]);
            ::core::option::Option::Some(Self {
                corpus: field_0?,
                top_k: field_1?,
                r#type: field_2?,
                api_key: field_3?,
                index: field_4?,
            })
        }
    }
};
