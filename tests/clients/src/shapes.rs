//! Client of `hecate-shapes` 1.0.0: call its capabilities with `mesh.call::<some_client::…>(&request)`.
//!
//! Written by `hecate-om client`: run it again instead of editing this file.
/// Capability `adjacent` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum adjacent {}
impl ::hecate_om::call::Callable for adjacent {
    const NAME: &'static str = "adjacent";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"properties\":{\"t\":{\"const\":\"Unit\",\"type\":\"string\"}},\"required\":[\"t\"],\"type\":\"object\"},{\"properties\":{\"c\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"t\":{\"const\":\"New\",\"type\":\"string\"}},\"required\":[\"t\",\"c\"],\"type\":\"object\"},{\"properties\":{\"c\":{\"properties\":{\"a\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"a\"],\"type\":\"object\"},\"t\":{\"const\":\"Struct\",\"type\":\"string\"}},\"required\":[\"t\",\"c\"],\"type\":\"object\"},{\"properties\":{\"c\":{\"maxItems\":2,\"minItems\":2,\"prefixItems\":[{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}],\"type\":\"array\"},\"t\":{\"const\":\"Tuple\",\"type\":\"string\"}},\"required\":[\"t\",\"c\"],\"type\":\"object\"}],\"title\":\"Adjacent\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"properties\":{\"t\":{\"const\":\"Unit\",\"type\":\"string\"}},\"required\":[\"t\"],\"type\":\"object\"},{\"properties\":{\"c\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"t\":{\"const\":\"New\",\"type\":\"string\"}},\"required\":[\"t\",\"c\"],\"type\":\"object\"},{\"properties\":{\"c\":{\"properties\":{\"a\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"a\"],\"type\":\"object\"},\"t\":{\"const\":\"Struct\",\"type\":\"string\"}},\"required\":[\"t\",\"c\"],\"type\":\"object\"},{\"properties\":{\"c\":{\"maxItems\":2,\"minItems\":2,\"prefixItems\":[{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}],\"type\":\"array\"},\"t\":{\"const\":\"Tuple\",\"type\":\"string\"}},\"required\":[\"t\",\"c\"],\"type\":\"object\"}],\"title\":\"Adjacent\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Adjacent;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Adjacent;
}
/// Capability `anything` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum anything {}
impl ::hecate_om::call::Callable for anything {
    const NAME: &'static str = "anything";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"AnyValue\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"AnyValue\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::serde_json::Value;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::serde_json::Value;
}
/// Capability `anything_by_name` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum anything_by_name {}
impl ::hecate_om::call::Callable for anything_by_name {
    const NAME: &'static str = "anything_by_name";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":true,\"title\":\"Map_of_AnyValue\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":true,\"title\":\"Map_of_AnyValue\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::serde_json::Map<::std::string::String, ::serde_json::Value>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::serde_json::Map<::std::string::String, ::serde_json::Value>;
}
/// Capability `by_address` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum by_address {}
impl ::hecate_om::call::Callable for by_address {
    const NAME: &'static str = "by_address";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"title\":\"Map_from_ip_to_uint8\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"title\":\"Map_from_ip_to_uint8\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::collections::BTreeMap<::std::string::String, u8>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::collections::BTreeMap<::std::string::String, u8>;
}
/// Capability `by_flag` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum by_flag {}
impl ::hecate_om::call::Callable for by_flag {
    const NAME: &'static str = "by_flag";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"title\":\"Map_from_boolean_to_uint8\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"title\":\"Map_from_boolean_to_uint8\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::collections::BTreeMap<::std::string::String, u8>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::collections::BTreeMap<::std::string::String, u8>;
}
/// Capability `by_id` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum by_id {}
impl ::hecate_om::call::Callable for by_id {
    const NAME: &'static str = "by_id";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":false,\"patternProperties\":{\"^\\\\d+$\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"title\":\"Map_from_Id_to_uint8\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":false,\"patternProperties\":{\"^\\\\d+$\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"title\":\"Map_from_Id_to_uint8\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::collections::BTreeMap<u64, u8>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::collections::BTreeMap<u64, u8>;
}
/// Capability `by_letter` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum by_letter {}
impl ::hecate_om::call::Callable for by_letter {
    const NAME: &'static str = "by_letter";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"title\":\"Map_from_Character_to_uint8\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"title\":\"Map_from_Character_to_uint8\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::collections::BTreeMap<::std::string::String, u8>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::collections::BTreeMap<::std::string::String, u8>;
}
/// Capability `by_name_and_number` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum by_name_and_number {}
impl ::hecate_om::call::Callable for by_name_and_number {
    const NAME: &'static str = "by_name_and_number";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":{\"additionalProperties\":false,\"patternProperties\":{\"^\\\\d+$\":{\"$ref\":\"#/$defs/Odd\"}},\"type\":\"object\"},\"title\":\"Map_of_Map_from_uint8_to_Odd\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":{\"additionalProperties\":false,\"patternProperties\":{\"^\\\\d+$\":{\"$ref\":\"#/$defs/Odd\"}},\"type\":\"object\"},\"title\":\"Map_of_Map_from_uint8_to_Odd\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::collections::BTreeMap<
        ::std::string::String,
        ::std::collections::BTreeMap<u64, definitions::Odd>,
    >;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::collections::BTreeMap<
        ::std::string::String,
        ::std::collections::BTreeMap<u64, definitions::Odd>,
    >;
}
/// Capability `by_number` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum by_number {}
impl ::hecate_om::call::Callable for by_number {
    const NAME: &'static str = "by_number";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":false,\"patternProperties\":{\"^\\\\d+$\":{\"type\":\"string\"}},\"title\":\"Map_from_uint32_to_string\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":false,\"patternProperties\":{\"^\\\\d+$\":{\"type\":\"string\"}},\"title\":\"Map_from_uint32_to_string\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::collections::BTreeMap<u64, ::std::string::String>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::collections::BTreeMap<u64, ::std::string::String>;
}
/// Capability `by_odd` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum by_odd {}
impl ::hecate_om::call::Callable for by_odd {
    const NAME: &'static str = "by_odd";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":false,\"properties\":{\"\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\" \":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"!=\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"\\\"#\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"\\\"]\\n[dependencies]\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"*/\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"+\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"+1\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"-\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"-1\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\".\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"1\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"<\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"=\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\">\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"Default\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"Err\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"Error\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"Self\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"crate\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"self\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"type\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"user-id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"userId\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"user_id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"中国\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"日本\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"title\":\"Map_from_Odd_to_uint8\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":false,\"properties\":{\"\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\" \":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"!=\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"\\\"#\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"\\\"]\\n[dependencies]\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"*/\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"+\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"+1\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"-\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"-1\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\".\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"1\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"<\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"=\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\">\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"Default\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"Err\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"Error\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"Self\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"crate\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"self\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"type\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"user-id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"userId\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"user_id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"中国\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"日本\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"title\":\"Map_from_Odd_to_uint8\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::MapFromOddToUint8;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::MapFromOddToUint8;
}
/// Capability `by_signed` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum by_signed {}
impl ::hecate_om::call::Callable for by_signed {
    const NAME: &'static str = "by_signed";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":false,\"patternProperties\":{\"^-?\\\\d+$\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"title\":\"Map_from_int64_to_uint8\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":false,\"patternProperties\":{\"^-?\\\\d+$\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"title\":\"Map_from_int64_to_uint8\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::collections::BTreeMap<i64, u8>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::collections::BTreeMap<i64, u8>;
}
/// Capability `by_text` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum by_text {}
impl ::hecate_om::call::Callable for by_text {
    const NAME: &'static str = "by_text";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":{\"$ref\":\"#/$defs/Point\"},\"title\":\"Map_of_Point\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":{\"$ref\":\"#/$defs/Point\"},\"title\":\"Map_of_Point\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::collections::BTreeMap<
        ::std::string::String,
        definitions::Point,
    >;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::collections::BTreeMap<
        ::std::string::String,
        definitions::Point,
    >;
}
/// Capability `byte` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum byte {}
impl ::hecate_om::call::Callable for byte {
    const NAME: &'static str = "byte";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"title\":\"uint8\",\"type\":\"integer\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"title\":\"uint8\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = u8;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u8;
}
/// Capability `chain` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum chain {}
impl ::hecate_om::call::Callable for chain {
    const NAME: &'static str = "chain";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"next\":{\"anyOf\":[{\"$ref\":\"#\"},{\"type\":\"null\"}]}},\"title\":\"Chain\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"next\":{\"anyOf\":[{\"$ref\":\"#\"},{\"type\":\"null\"}]}},\"required\":[\"next\"],\"title\":\"Chain\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Chain;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Chain;
}
/// Capability `companies` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum companies {}
impl ::hecate_om::call::Callable for companies {
    const NAME: &'static str = "companies";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Company\":{\"properties\":{\"staff\":{\"items\":{\"$ref\":\"#/$defs/Person\"},\"type\":\"array\"}},\"required\":[\"staff\"],\"type\":\"object\"},\"Person\":{\"properties\":{\"company\":{\"anyOf\":[{\"$ref\":\"#/$defs/Company\"},{\"type\":\"null\"}]},\"name\":{\"type\":\"string\"}},\"required\":[\"name\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"$ref\":\"#/$defs/Company\"},\"title\":\"Array_of_Company\",\"type\":\"array\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Company\":{\"properties\":{\"staff\":{\"items\":{\"$ref\":\"#/$defs/Person\"},\"type\":\"array\"}},\"required\":[\"staff\"],\"type\":\"object\"},\"Person\":{\"properties\":{\"company\":{\"anyOf\":[{\"$ref\":\"#/$defs/Company\"},{\"type\":\"null\"}]},\"name\":{\"type\":\"string\"}},\"required\":[\"name\",\"company\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"$ref\":\"#/$defs/Company\"},\"title\":\"Array_of_Company\",\"type\":\"array\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::vec::Vec<definitions::Company>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::vec::Vec<definitions::Company>;
}
/// Capability `defaults` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum defaults {}
impl ::hecate_om::call::Callable for defaults {
    const NAME: &'static str = "defaults";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"},\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"flag\":{\"default\":1,\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"full\":{\"default\":[1],\"items\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"type\":\"array\"},\"large\":{\"default\":9223372036854775807,\"format\":\"uint64\",\"minimum\":0,\"type\":\"integer\"},\"list\":{\"default\":[],\"items\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"type\":\"array\"},\"map\":{\"additionalProperties\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"default\":{},\"type\":\"object\"},\"number\":{\"default\":-128,\"format\":\"int8\",\"maximum\":127,\"minimum\":-128,\"type\":\"integer\"},\"odd\":{\"$ref\":\"#/$defs/Odd\",\"default\":\"+\"},\"option\":{\"default\":1,\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":[\"integer\",\"null\"]},\"point\":{\"$ref\":\"#/$defs/Point\",\"default\":{\"x\":1,\"y\":2}},\"text\":{\"default\":\"a\\\"b\",\"type\":\"string\"}},\"title\":\"Defaults\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"},\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"flag\":{\"default\":1,\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"full\":{\"default\":[1],\"items\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"type\":\"array\"},\"large\":{\"default\":9223372036854775807,\"format\":\"uint64\",\"minimum\":0,\"type\":\"integer\"},\"list\":{\"default\":[],\"items\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"type\":\"array\"},\"map\":{\"additionalProperties\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"default\":{},\"type\":\"object\"},\"number\":{\"default\":-128,\"format\":\"int8\",\"maximum\":127,\"minimum\":-128,\"type\":\"integer\"},\"odd\":{\"$ref\":\"#/$defs/Odd\",\"default\":\"+\"},\"option\":{\"default\":1,\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":[\"integer\",\"null\"]},\"point\":{\"$ref\":\"#/$defs/Point\",\"default\":{\"x\":1,\"y\":2}},\"text\":{\"default\":\"a\\\"b\",\"type\":\"string\"}},\"required\":[\"flag\",\"number\",\"large\",\"text\",\"list\",\"full\",\"odd\",\"point\",\"option\",\"map\"],\"title\":\"Defaults\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Defaults;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Defaults;
}
/// Capability `directory` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum directory {}
impl ::hecate_om::call::Callable for directory {
    const NAME: &'static str = "directory";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"files\":{\"additionalProperties\":{\"$ref\":\"#\"},\"type\":\"object\"}},\"required\":[\"files\"],\"title\":\"Directory\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"files\":{\"additionalProperties\":{\"$ref\":\"#\"},\"type\":\"object\"}},\"required\":[\"files\"],\"title\":\"Directory\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Directory;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Directory;
}
/// Capability `document` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum document {}
impl ::hecate_om::call::Callable for document {
    const NAME: &'static str = "document";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"anyOf\":[{\"type\":\"null\"},{\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},{\"type\":\"string\"},{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"},{\"additionalProperties\":{\"$ref\":\"#\"},\"type\":\"object\"}],\"title\":\"Json\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"anyOf\":[{\"type\":\"null\"},{\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},{\"type\":\"string\"},{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"},{\"additionalProperties\":{\"$ref\":\"#\"},\"type\":\"object\"}],\"title\":\"Json\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Json;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Json;
}
/// Capability `double` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum double {}
impl ::hecate_om::call::Callable for double {
    const NAME: &'static str = "double";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"double\",\"title\":\"double\",\"type\":\"number\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"double\",\"title\":\"double\",\"type\":\"number\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = f64;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = f64;
}
/// Capability `empty_struct` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum empty_struct {}
impl ::hecate_om::call::Callable for empty_struct {
    const NAME: &'static str = "empty_struct";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"Empty\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"Empty\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::serde_json::Map<::std::string::String, ::serde_json::Value>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::serde_json::Map<::std::string::String, ::serde_json::Value>;
}
/// Capability `expression` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum expression {}
impl ::hecate_om::call::Callable for expression {
    const NAME: &'static str = "expression";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"additionalProperties\":false,\"properties\":{\"Literal\":{\"format\":\"int64\",\"type\":\"integer\"}},\"required\":[\"Literal\"],\"type\":\"object\"},{\"additionalProperties\":false,\"properties\":{\"Add\":{\"maxItems\":2,\"minItems\":2,\"prefixItems\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}],\"type\":\"array\"}},\"required\":[\"Add\"],\"type\":\"object\"},{\"additionalProperties\":false,\"properties\":{\"Negate\":{\"properties\":{\"of\":{\"$ref\":\"#\"}},\"required\":[\"of\"],\"type\":\"object\"}},\"required\":[\"Negate\"],\"type\":\"object\"}],\"title\":\"Expression\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"additionalProperties\":false,\"properties\":{\"Literal\":{\"format\":\"int64\",\"type\":\"integer\"}},\"required\":[\"Literal\"],\"type\":\"object\"},{\"additionalProperties\":false,\"properties\":{\"Add\":{\"maxItems\":2,\"minItems\":2,\"prefixItems\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}],\"type\":\"array\"}},\"required\":[\"Add\"],\"type\":\"object\"},{\"additionalProperties\":false,\"properties\":{\"Negate\":{\"properties\":{\"of\":{\"$ref\":\"#\"}},\"required\":[\"of\"],\"type\":\"object\"}},\"required\":[\"Negate\"],\"type\":\"object\"}],\"title\":\"Expression\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Expression;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Expression;
}
/// Capability `external` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum external {}
impl ::hecate_om::call::Callable for external {
    const NAME: &'static str = "external";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"One variant of each kind.\",\"oneOf\":[{\"const\":\"Unit\",\"description\":\"A unit variant.\",\"type\":\"string\"},{\"additionalProperties\":false,\"properties\":{\"New\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"New\"],\"type\":\"object\"},{\"additionalProperties\":false,\"properties\":{\"Tuple\":{\"maxItems\":2,\"minItems\":2,\"prefixItems\":[{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},{\"type\":\"string\"}],\"type\":\"array\"}},\"required\":[\"Tuple\"],\"type\":\"object\"},{\"additionalProperties\":false,\"properties\":{\"Struct\":{\"properties\":{\"odd\":{\"$ref\":\"#/$defs/Odd\"},\"user_id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"user_id\",\"odd\"],\"type\":\"object\"}},\"required\":[\"Struct\"],\"type\":\"object\"}],\"title\":\"External\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"One variant of each kind.\",\"oneOf\":[{\"const\":\"Unit\",\"description\":\"A unit variant.\",\"type\":\"string\"},{\"additionalProperties\":false,\"properties\":{\"New\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"New\"],\"type\":\"object\"},{\"additionalProperties\":false,\"properties\":{\"Tuple\":{\"maxItems\":2,\"minItems\":2,\"prefixItems\":[{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},{\"type\":\"string\"}],\"type\":\"array\"}},\"required\":[\"Tuple\"],\"type\":\"object\"},{\"additionalProperties\":false,\"properties\":{\"Struct\":{\"properties\":{\"odd\":{\"$ref\":\"#/$defs/Odd\"},\"user_id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"user_id\",\"odd\"],\"type\":\"object\"}},\"required\":[\"Struct\"],\"type\":\"object\"}],\"title\":\"External\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::External;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::External;
}
/// Capability `external_alike` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum external_alike {}
impl ::hecate_om::call::Callable for external_alike {
    const NAME: &'static str = "external_alike";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"additionalProperties\":false,\"properties\":{\"userId\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"userId\"],\"type\":\"object\"},{\"additionalProperties\":false,\"properties\":{\"user_id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"user_id\"],\"type\":\"object\"},{\"additionalProperties\":false,\"properties\":{\"user-id\":{\"properties\":{\"a\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"a\"],\"type\":\"object\"}},\"required\":[\"user-id\"],\"type\":\"object\"}],\"title\":\"Alike\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"additionalProperties\":false,\"properties\":{\"userId\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"userId\"],\"type\":\"object\"},{\"additionalProperties\":false,\"properties\":{\"user_id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"user_id\"],\"type\":\"object\"},{\"additionalProperties\":false,\"properties\":{\"user-id\":{\"properties\":{\"a\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"a\"],\"type\":\"object\"}},\"required\":[\"user-id\"],\"type\":\"object\"}],\"title\":\"Alike\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Alike;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Alike;
}
/// Capability `extras` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum extras {}
impl ::hecate_om::call::Callable for extras {
    const NAME: &'static str = "extras";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"properties\":{\"extra\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"extra\"],\"title\":\"Extras\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"properties\":{\"extra\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"extra\"],\"title\":\"Extras\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Extras;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Extras;
}
/// Capability `fixed` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum fixed {}
impl ::hecate_om::call::Callable for fixed {
    const NAME: &'static str = "fixed";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"maxItems\":3,\"minItems\":3,\"title\":\"Array_size_3_of_uint8\",\"type\":\"array\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"maxItems\":3,\"minItems\":3,\"title\":\"Array_size_3_of_uint8\",\"type\":\"array\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::vec::Vec<u8>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::vec::Vec<u8>;
}
/// Capability `flag` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum flag {}
impl ::hecate_om::call::Callable for flag {
    const NAME: &'static str = "flag";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"enum\":[0,1],\"format\":\"boolean\",\"title\":\"boolean\",\"type\":\"integer\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"enum\":[0,1],\"format\":\"boolean\",\"title\":\"boolean\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = bool;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = bool;
}
/// Capability `flattened` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum flattened {}
impl ::hecate_om::call::Callable for flattened {
    const NAME: &'static str = "flattened";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"id\",\"x\",\"y\"],\"title\":\"Flattened\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"id\",\"x\",\"y\"],\"title\":\"Flattened\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Flattened;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Flattened;
}
/// Capability `flattened_external` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum flattened_external {}
impl ::hecate_om::call::Callable for flattened_external {
    const NAME: &'static str = "flattened_external";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"properties\":{\"This\":{\"$ref\":\"#/$defs/Odd\"}},\"required\":[\"This\"],\"type\":\"object\"},{\"properties\":{\"That\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\"],\"type\":\"object\"}},\"required\":[\"That\"],\"type\":\"object\"}],\"properties\":{\"id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"id\"],\"title\":\"FlattenedExternal\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"properties\":{\"This\":{\"$ref\":\"#/$defs/Odd\"}},\"required\":[\"This\"],\"type\":\"object\"},{\"properties\":{\"That\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\"],\"type\":\"object\"}},\"required\":[\"That\"],\"type\":\"object\"}],\"properties\":{\"id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"id\"],\"title\":\"FlattenedExternal\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::FlattenedExternal;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::FlattenedExternal;
}
/// Capability `flattened_internal` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum flattened_internal {}
impl ::hecate_om::call::Callable for flattened_internal {
    const NAME: &'static str = "flattened_internal";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"},\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"properties\":{\"kind\":{\"const\":\"Unit\",\"type\":\"string\"}},\"required\":[\"kind\"],\"type\":\"object\"},{\"properties\":{\"at\":{\"format\":\"uint64\",\"minimum\":0,\"type\":\"integer\"},\"inner\":{\"$ref\":\"#/$defs/Odd\"},\"kind\":{\"const\":\"Struct\",\"type\":\"string\"}},\"required\":[\"kind\",\"at\",\"inner\"],\"type\":\"object\"},{\"$ref\":\"#/$defs/Point\",\"properties\":{\"kind\":{\"const\":\"New\",\"type\":\"string\"}},\"required\":[\"kind\"],\"type\":\"object\"}],\"properties\":{\"id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"id\"],\"title\":\"FlattenedInternal\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"},\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"properties\":{\"kind\":{\"const\":\"Unit\",\"type\":\"string\"}},\"required\":[\"kind\"],\"type\":\"object\"},{\"properties\":{\"at\":{\"format\":\"uint64\",\"minimum\":0,\"type\":\"integer\"},\"inner\":{\"$ref\":\"#/$defs/Odd\"},\"kind\":{\"const\":\"Struct\",\"type\":\"string\"}},\"required\":[\"kind\",\"at\",\"inner\"],\"type\":\"object\"},{\"$ref\":\"#/$defs/Point\",\"properties\":{\"kind\":{\"const\":\"New\",\"type\":\"string\"}},\"required\":[\"kind\"],\"type\":\"object\"}],\"properties\":{\"id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"id\"],\"title\":\"FlattenedInternal\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::FlattenedInternal;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::FlattenedInternal;
}
/// Capability `flattened_twice` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum flattened_twice {}
impl ::hecate_om::call::Callable for flattened_twice {
    const NAME: &'static str = "flattened_twice";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"},\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"allOf\":[{\"oneOf\":[{\"properties\":{\"This\":{\"$ref\":\"#/$defs/Odd\"}},\"required\":[\"This\"],\"type\":\"object\"},{\"properties\":{\"That\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\"],\"type\":\"object\"}},\"required\":[\"That\"],\"type\":\"object\"}]},{\"oneOf\":[{\"properties\":{\"kind\":{\"const\":\"Unit\",\"type\":\"string\"}},\"required\":[\"kind\"],\"type\":\"object\"},{\"properties\":{\"at\":{\"format\":\"uint64\",\"minimum\":0,\"type\":\"integer\"},\"inner\":{\"$ref\":\"#/$defs/Odd\"},\"kind\":{\"const\":\"Struct\",\"type\":\"string\"}},\"required\":[\"kind\",\"at\",\"inner\"],\"type\":\"object\"},{\"$ref\":\"#/$defs/Point\",\"properties\":{\"kind\":{\"const\":\"New\",\"type\":\"string\"}},\"required\":[\"kind\"],\"type\":\"object\"}]}],\"title\":\"FlattenedTwice\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"},\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"allOf\":[{\"oneOf\":[{\"properties\":{\"This\":{\"$ref\":\"#/$defs/Odd\"}},\"required\":[\"This\"],\"type\":\"object\"},{\"properties\":{\"That\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\"],\"type\":\"object\"}},\"required\":[\"That\"],\"type\":\"object\"}]},{\"oneOf\":[{\"properties\":{\"kind\":{\"const\":\"Unit\",\"type\":\"string\"}},\"required\":[\"kind\"],\"type\":\"object\"},{\"properties\":{\"at\":{\"format\":\"uint64\",\"minimum\":0,\"type\":\"integer\"},\"inner\":{\"$ref\":\"#/$defs/Odd\"},\"kind\":{\"const\":\"Struct\",\"type\":\"string\"}},\"required\":[\"kind\",\"at\",\"inner\"],\"type\":\"object\"},{\"$ref\":\"#/$defs/Point\",\"properties\":{\"kind\":{\"const\":\"New\",\"type\":\"string\"}},\"required\":[\"kind\"],\"type\":\"object\"}]}],\"title\":\"FlattenedTwice\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::FlattenedTwice;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::FlattenedTwice;
}
/// Capability `flattened_untagged` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum flattened_untagged {}
impl ::hecate_om::call::Callable for flattened_untagged {
    const NAME: &'static str = "flattened_untagged";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"anyOf\":[{\"properties\":{\"a\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"b\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"a\",\"b\"],\"type\":\"object\"},{\"properties\":{\"a\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"a\"],\"type\":\"object\"}],\"properties\":{\"id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"id\"],\"title\":\"FlattenedUntagged\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"anyOf\":[{\"properties\":{\"a\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"b\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"a\",\"b\"],\"type\":\"object\"},{\"properties\":{\"a\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"a\"],\"type\":\"object\"}],\"properties\":{\"id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"id\"],\"title\":\"FlattenedUntagged\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::FlattenedUntagged;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::FlattenedUntagged;
}
/// Capability `forest` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum forest {}
impl ::hecate_om::call::Callable for forest {
    const NAME: &'static str = "forest";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"$ref\":\"#\"},\"title\":\"Forest\",\"type\":\"array\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"$ref\":\"#\"},\"title\":\"Forest\",\"type\":\"array\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Forest;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Forest;
}
/// Capability `hostile` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum hostile {}
impl ::hecate_om::call::Callable for hostile {
    const NAME: &'static str = "hostile";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"\\\"]\\n*/ fn main() {} /*\\n```\\nevil()\",\"properties\":{\"\\u001b[31m\u{202e}\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"\\\"]\\n[dependencies]\\nevil = 1\":{\"description\":\"\\\"]\",\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"*/\":{\"description\":\"*/\",\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"\\\"]\\n[dependencies]\\nevil = 1\",\"*/\",\"\\u001b[31m\u{202e}\"],\"title\":\"Hostile\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"\\\"]\\n*/ fn main() {} /*\\n```\\nevil()\",\"properties\":{\"\\u001b[31m\u{202e}\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"\\\"]\\n[dependencies]\\nevil = 1\":{\"description\":\"\\\"]\",\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"*/\":{\"description\":\"*/\",\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"\\\"]\\n[dependencies]\\nevil = 1\",\"*/\",\"\\u001b[31m\u{202e}\"],\"title\":\"Hostile\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Hostile;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Hostile;
}
/// Capability `inlined` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum inlined {}
impl ::hecate_om::call::Callable for inlined {
    const NAME: &'static str = "inlined";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"kind\":{\"oneOf\":[{\"additionalProperties\":false,\"properties\":{\"A\":{\"properties\":{\"deep\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\"],\"type\":\"object\"}},\"required\":[\"deep\"],\"type\":\"object\"}},\"required\":[\"A\"],\"type\":\"object\"}]},\"other\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\"],\"type\":\"object\"}},\"required\":[\"kind\",\"other\"],\"title\":\"Inlined\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"kind\":{\"oneOf\":[{\"additionalProperties\":false,\"properties\":{\"A\":{\"properties\":{\"deep\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\"],\"type\":\"object\"}},\"required\":[\"deep\"],\"type\":\"object\"}},\"required\":[\"A\"],\"type\":\"object\"}]},\"other\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\"],\"type\":\"object\"}},\"required\":[\"kind\",\"other\"],\"title\":\"Inlined\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Inlined;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Inlined;
}
/// Capability `internal` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum internal {}
impl ::hecate_om::call::Callable for internal {
    const NAME: &'static str = "internal";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"},\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"properties\":{\"kind\":{\"const\":\"Unit\",\"type\":\"string\"}},\"required\":[\"kind\"],\"type\":\"object\"},{\"properties\":{\"at\":{\"format\":\"uint64\",\"minimum\":0,\"type\":\"integer\"},\"inner\":{\"$ref\":\"#/$defs/Odd\"},\"kind\":{\"const\":\"Struct\",\"type\":\"string\"}},\"required\":[\"kind\",\"at\",\"inner\"],\"type\":\"object\"},{\"$ref\":\"#/$defs/Point\",\"properties\":{\"kind\":{\"const\":\"New\",\"type\":\"string\"}},\"required\":[\"kind\"],\"type\":\"object\"}],\"title\":\"Internal\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"},\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"properties\":{\"kind\":{\"const\":\"Unit\",\"type\":\"string\"}},\"required\":[\"kind\"],\"type\":\"object\"},{\"properties\":{\"at\":{\"format\":\"uint64\",\"minimum\":0,\"type\":\"integer\"},\"inner\":{\"$ref\":\"#/$defs/Odd\"},\"kind\":{\"const\":\"Struct\",\"type\":\"string\"}},\"required\":[\"kind\",\"at\",\"inner\"],\"type\":\"object\"},{\"$ref\":\"#/$defs/Point\",\"properties\":{\"kind\":{\"const\":\"New\",\"type\":\"string\"}},\"required\":[\"kind\"],\"type\":\"object\"}],\"title\":\"Internal\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Internal;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Internal;
}
/// Capability `internal_odd` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum internal_odd {}
impl ::hecate_om::call::Callable for internal_odd {
    const NAME: &'static str = "internal_odd";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"properties\":{\"@type\":{\"const\":\"=\",\"type\":\"string\"}},\"required\":[\"@type\"],\"type\":\"object\"},{\"properties\":{\"@type\":{\"const\":\"text\",\"type\":\"string\"},\"text\":{\"type\":\"string\"}},\"required\":[\"@type\",\"text\"],\"type\":\"object\"}],\"title\":\"InternalOdd\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"properties\":{\"@type\":{\"const\":\"=\",\"type\":\"string\"}},\"required\":[\"@type\"],\"type\":\"object\"},{\"properties\":{\"@type\":{\"const\":\"text\",\"type\":\"string\"},\"text\":{\"type\":\"string\"}},\"required\":[\"@type\",\"text\"],\"type\":\"object\"}],\"title\":\"InternalOdd\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::InternalOdd;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::InternalOdd;
}
/// Capability `keywords` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum keywords {}
impl ::hecate_om::call::Callable for keywords {
    const NAME: &'static str = "keywords";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"$ref\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"2nd\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"Self\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"const\":{\"type\":\"string\"},\"default\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"description\":{\"type\":\"string\"},\"enum\":{\"type\":\"string\"},\"fn\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":[\"integer\",\"null\"]},\"properties\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"required\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"self\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"title\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"type\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"type_\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"日本\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"type\",\"type_\",\"self\",\"Self\",\"$ref\",\"\",\"日本\",\"2nd\",\"properties\",\"required\",\"title\",\"default\",\"description\",\"enum\",\"const\"],\"title\":\"Keywords\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"$ref\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"2nd\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"Self\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"const\":{\"type\":\"string\"},\"default\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"description\":{\"type\":\"string\"},\"enum\":{\"type\":\"string\"},\"fn\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":[\"integer\",\"null\"]},\"properties\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"required\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"self\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"title\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"type\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"type_\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"日本\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"type\",\"type_\",\"self\",\"Self\",\"fn\",\"$ref\",\"\",\"日本\",\"2nd\",\"properties\",\"required\",\"title\",\"default\",\"description\",\"enum\",\"const\"],\"title\":\"Keywords\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Keywords;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Keywords;
}
/// Capability `letter` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum letter {}
impl ::hecate_om::call::Callable for letter {
    const NAME: &'static str = "letter";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"maxLength\":1,\"minLength\":1,\"title\":\"Character\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"maxLength\":1,\"minLength\":1,\"title\":\"Character\",\"type\":\"string\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::string::String;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::string::String;
}
/// Capability `list` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum list {}
impl ::hecate_om::call::Callable for list {
    const NAME: &'static str = "list";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"$ref\":\"#/$defs/Point\"},\"title\":\"Array_of_Point\",\"type\":\"array\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"$ref\":\"#/$defs/Point\"},\"title\":\"Array_of_Point\",\"type\":\"array\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::vec::Vec<definitions::Point>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::vec::Vec<definitions::Point>;
}
/// Capability `long` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum long {}
impl ::hecate_om::call::Callable for long {
    const NAME: &'static str = "long";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"maxItems\":32,\"minItems\":32,\"title\":\"Array_size_32_of_uint8\",\"type\":\"array\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"maxItems\":32,\"minItems\":32,\"title\":\"Array_size_32_of_uint8\",\"type\":\"array\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::vec::Vec<u8>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::vec::Vec<u8>;
}
/// Capability `nested_list` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum nested_list {}
impl ::hecate_om::call::Callable for nested_list {
    const NAME: &'static str = "nested_list";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"items\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":[\"integer\",\"null\"]},\"type\":\"array\"},\"title\":\"Array_of_Array_of_Nullable_uint8\",\"type\":\"array\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"items\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":[\"integer\",\"null\"]},\"type\":\"array\"},\"title\":\"Array_of_Array_of_Nullable_uint8\",\"type\":\"array\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::vec::Vec<::std::vec::Vec<::std::option::Option<u8>>>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::vec::Vec<::std::vec::Vec<::std::option::Option<u8>>>;
}
/// Capability `newtype` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum newtype {}
impl ::hecate_om::call::Callable for newtype {
    const NAME: &'static str = "newtype";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint32\",\"minimum\":0,\"title\":\"Id\",\"type\":\"integer\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint32\",\"minimum\":0,\"title\":\"Id\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = u32;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u32;
}
/// Capability `not_zero` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum not_zero {}
impl ::hecate_om::call::Callable for not_zero {
    const NAME: &'static str = "not_zero";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint16\",\"maximum\":65535,\"minimum\":1,\"title\":\"NonZeroU16\",\"type\":\"integer\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint16\",\"maximum\":65535,\"minimum\":1,\"title\":\"NonZeroU16\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = u16;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u16;
}
/// Capability `nothing` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum nothing {}
impl ::hecate_om::call::Callable for nothing {
    const NAME: &'static str = "nothing";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"null\",\"type\":\"null\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"null\",\"type\":\"null\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ();
}
/// Capability `odd` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum odd {}
impl ::hecate_om::call::Callable for odd {
    const NAME: &'static str = "odd";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"title\":\"Odd\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"title\":\"Odd\",\"type\":\"string\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Odd;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Odd;
}
/// Capability `odds` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum odds {}
impl ::hecate_om::call::Callable for odds {
    const NAME: &'static str = "odds";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"$ref\":\"#/$defs/Odd\"},\"title\":\"Array_of_Odd\",\"type\":\"array\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"$ref\":\"#/$defs/Odd\"},\"title\":\"Array_of_Odd\",\"type\":\"array\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::vec::Vec<definitions::Odd>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::vec::Vec<definitions::Odd>;
}
/// Capability `optional` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum optional {}
impl ::hecate_om::call::Callable for optional {
    const NAME: &'static str = "optional";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"Nullable_string\",\"type\":[\"string\",\"null\"]}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"Nullable_string\",\"type\":[\"string\",\"null\"]}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::option::Option<::std::string::String>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::option::Option<::std::string::String>;
}
/// Capability `optional_flag` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum optional_flag {}
impl ::hecate_om::call::Callable for optional_flag {
    const NAME: &'static str = "optional_flag";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"enum\":[0,1,null],\"format\":\"boolean\",\"title\":\"Nullable_boolean\",\"type\":[\"integer\",\"null\"]}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"enum\":[0,1,null],\"format\":\"boolean\",\"title\":\"Nullable_boolean\",\"type\":[\"integer\",\"null\"]}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::option::Option<bool>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::option::Option<bool>;
}
/// Capability `optional_struct` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum optional_struct {}
impl ::hecate_om::call::Callable for optional_struct {
    const NAME: &'static str = "optional_struct";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"anyOf\":[{\"$ref\":\"#/$defs/Point\"},{\"type\":\"null\"}],\"title\":\"Nullable_Point\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"anyOf\":[{\"$ref\":\"#/$defs/Point\"},{\"type\":\"null\"}],\"title\":\"Nullable_Point\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::option::Option<definitions::Point>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::option::Option<definitions::Point>;
}
/// Capability `outcome` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum outcome {}
impl ::hecate_om::call::Callable for outcome {
    const NAME: &'static str = "outcome";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"properties\":{\"Ok\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"Ok\"],\"type\":\"object\"},{\"properties\":{\"Err\":{\"type\":\"string\"}},\"required\":[\"Err\"],\"type\":\"object\"}],\"title\":\"Result_of_uint8_or_string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"properties\":{\"Ok\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"Ok\"],\"type\":\"object\"},{\"properties\":{\"Err\":{\"type\":\"string\"}},\"required\":[\"Err\"],\"type\":\"object\"}],\"title\":\"Result_of_uint8_or_string\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::ResultOfUint8OrString;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::ResultOfUint8OrString;
}
/// Capability `overlapping` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum overlapping {}
impl ::hecate_om::call::Callable for overlapping {
    const NAME: &'static str = "overlapping";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"anyOf\":[{\"properties\":{\"a\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"b\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"a\",\"b\"],\"type\":\"object\"},{\"properties\":{\"a\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"a\"],\"type\":\"object\"}],\"title\":\"Overlapping\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"anyOf\":[{\"properties\":{\"a\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"b\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"a\",\"b\"],\"type\":\"object\"},{\"properties\":{\"a\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"a\"],\"type\":\"object\"}],\"title\":\"Overlapping\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Overlapping;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Overlapping;
}
/// Capability `page_of_odds` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum page_of_odds {}
impl ::hecate_om::call::Callable for page_of_odds {
    const NAME: &'static str = "page_of_odds";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"items\":{\"items\":{\"$ref\":\"#/$defs/Odd\"},\"type\":\"array\"},\"next\":{\"format\":\"uint64\",\"minimum\":0,\"type\":[\"integer\",\"null\"]}},\"required\":[\"items\"],\"title\":\"Page<Odd>\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"items\":{\"items\":{\"$ref\":\"#/$defs/Odd\"},\"type\":\"array\"},\"next\":{\"format\":\"uint64\",\"minimum\":0,\"type\":[\"integer\",\"null\"]}},\"required\":[\"items\",\"next\"],\"title\":\"Page<Odd>\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::PageOdd;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::PageOdd;
}
/// Capability `page_of_points` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum page_of_points {}
impl ::hecate_om::call::Callable for page_of_points {
    const NAME: &'static str = "page_of_points";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"items\":{\"items\":{\"$ref\":\"#/$defs/Point\"},\"type\":\"array\"},\"next\":{\"format\":\"uint64\",\"minimum\":0,\"type\":[\"integer\",\"null\"]}},\"required\":[\"items\"],\"title\":\"Page<Point>\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"items\":{\"items\":{\"$ref\":\"#/$defs/Point\"},\"type\":\"array\"},\"next\":{\"format\":\"uint64\",\"minimum\":0,\"type\":[\"integer\",\"null\"]}},\"required\":[\"items\",\"next\"],\"title\":\"Page<Point>\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::PagePoint;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::PagePoint;
}
/// Capability `pages` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum pages {}
impl ::hecate_om::call::Callable for pages {
    const NAME: &'static str = "pages";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Page<Point>\":{\"properties\":{\"items\":{\"items\":{\"$ref\":\"#/$defs/Point\"},\"type\":\"array\"},\"next\":{\"format\":\"uint64\",\"minimum\":0,\"type\":[\"integer\",\"null\"]}},\"required\":[\"items\"],\"type\":\"object\"},\"Page<string>\":{\"properties\":{\"items\":{\"items\":{\"type\":\"string\"},\"type\":\"array\"},\"next\":{\"format\":\"uint64\",\"minimum\":0,\"type\":[\"integer\",\"null\"]}},\"required\":[\"items\"],\"type\":\"object\"},\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"points\":{\"$ref\":\"#/$defs/Page%3CPoint%3E\"},\"texts\":{\"$ref\":\"#/$defs/Page%3Cstring%3E\"}},\"required\":[\"points\",\"texts\"],\"title\":\"Pages\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Page<Point>\":{\"properties\":{\"items\":{\"items\":{\"$ref\":\"#/$defs/Point\"},\"type\":\"array\"},\"next\":{\"format\":\"uint64\",\"minimum\":0,\"type\":[\"integer\",\"null\"]}},\"required\":[\"items\",\"next\"],\"type\":\"object\"},\"Page<string>\":{\"properties\":{\"items\":{\"items\":{\"type\":\"string\"},\"type\":\"array\"},\"next\":{\"format\":\"uint64\",\"minimum\":0,\"type\":[\"integer\",\"null\"]}},\"required\":[\"items\",\"next\"],\"type\":\"object\"},\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"points\":{\"$ref\":\"#/$defs/Page%3CPoint%3E\"},\"texts\":{\"$ref\":\"#/$defs/Page%3Cstring%3E\"}},\"required\":[\"points\",\"texts\"],\"title\":\"Pages\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Pages;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Pages;
}
/// Capability `pair` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum pair {}
impl ::hecate_om::call::Callable for pair {
    const NAME: &'static str = "pair";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"maxItems\":2,\"minItems\":2,\"prefixItems\":[{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},{\"type\":\"string\"}],\"title\":\"Tuple_of_uint8_and_string\",\"type\":\"array\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"maxItems\":2,\"minItems\":2,\"prefixItems\":[{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},{\"type\":\"string\"}],\"title\":\"Tuple_of_uint8_and_string\",\"type\":\"array\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = (u8, ::std::string::String);
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = (u8, ::std::string::String);
}
/// Capability `pair_of_enums` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum pair_of_enums {}
impl ::hecate_om::call::Callable for pair_of_enums {
    const NAME: &'static str = "pair_of_enums";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"maxItems\":2,\"minItems\":2,\"prefixItems\":[{\"$ref\":\"#/$defs/Odd\"},{\"anyOf\":[{\"$ref\":\"#/$defs/Odd\"},{\"type\":\"null\"}]}],\"title\":\"Tuple_of_Odd_and_Nullable_Odd\",\"type\":\"array\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"maxItems\":2,\"minItems\":2,\"prefixItems\":[{\"$ref\":\"#/$defs/Odd\"},{\"anyOf\":[{\"$ref\":\"#/$defs/Odd\"},{\"type\":\"null\"}]}],\"title\":\"Tuple_of_Odd_and_Nullable_Odd\",\"type\":\"array\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = (definitions::Odd, ::std::option::Option<definitions::Odd>);
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = (definitions::Odd, ::std::option::Option<definitions::Odd>);
}
/// Capability `person` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum person {}
impl ::hecate_om::call::Callable for person {
    const NAME: &'static str = "person";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Company\":{\"properties\":{\"staff\":{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"}},\"required\":[\"staff\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"company\":{\"anyOf\":[{\"$ref\":\"#/$defs/Company\"},{\"type\":\"null\"}]},\"name\":{\"type\":\"string\"}},\"required\":[\"name\"],\"title\":\"Person\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Company\":{\"properties\":{\"staff\":{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"}},\"required\":[\"staff\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"company\":{\"anyOf\":[{\"$ref\":\"#/$defs/Company\"},{\"type\":\"null\"}]},\"name\":{\"type\":\"string\"}},\"required\":[\"name\",\"company\"],\"title\":\"Person\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Person;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Person;
}
/// Capability `point` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum point {}
impl ::hecate_om::call::Callable for point {
    const NAME: &'static str = "point";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"title\":\"Point\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"title\":\"Point\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Point;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Point;
}
/// Capability `prelude` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum prelude {}
impl ::hecate_om::call::Callable for prelude {
    const NAME: &'static str = "prelude";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Option\":{\"enum\":[\"Some\",\"None\"],\"type\":\"string\"},\"Result\":{\"properties\":{\"ok\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"ok\"],\"type\":\"object\"},\"String\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"Vec\":{\"properties\":{\"string\":{\"$ref\":\"#/$defs/String\"}},\"required\":[\"string\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"option\":{\"$ref\":\"#/$defs/Option\"},\"result\":{\"$ref\":\"#/$defs/Result\"},\"vec\":{\"$ref\":\"#/$defs/Vec\"}},\"required\":[\"result\",\"option\",\"vec\"],\"title\":\"Prelude\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Option\":{\"enum\":[\"Some\",\"None\"],\"type\":\"string\"},\"Result\":{\"properties\":{\"ok\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"ok\"],\"type\":\"object\"},\"String\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"Vec\":{\"properties\":{\"string\":{\"$ref\":\"#/$defs/String\"}},\"required\":[\"string\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"option\":{\"$ref\":\"#/$defs/Option\"},\"result\":{\"$ref\":\"#/$defs/Result\"},\"vec\":{\"$ref\":\"#/$defs/Vec\"}},\"required\":[\"result\",\"option\",\"vec\"],\"title\":\"Prelude\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Prelude;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Prelude;
}
/// Capability `range` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum range {}
impl ::hecate_om::call::Callable for range {
    const NAME: &'static str = "range";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"end\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"start\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"start\",\"end\"],\"title\":\"Range_of_uint8\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"end\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"start\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"start\",\"end\"],\"title\":\"Range_of_uint8\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::RangeOfUint8;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::RangeOfUint8;
}
/// Capability `set` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum set {}
impl ::hecate_om::call::Callable for set {
    const NAME: &'static str = "set";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"title\":\"Set_of_uint8\",\"type\":\"array\",\"uniqueItems\":true}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"title\":\"Set_of_uint8\",\"type\":\"array\",\"uniqueItems\":true}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::vec::Vec<u8>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::vec::Vec<u8>;
}
/// Capability `signed` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum signed {}
impl ::hecate_om::call::Callable for signed {
    const NAME: &'static str = "signed";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"int64\",\"title\":\"int64\",\"type\":\"integer\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"int64\",\"title\":\"int64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = i64;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = i64;
}
/// Capability `single` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum single {}
impl ::hecate_om::call::Callable for single {
    const NAME: &'static str = "single";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"float\",\"title\":\"float\",\"type\":\"number\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"float\",\"title\":\"float\",\"type\":\"number\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = f32;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = f32;
}
/// Capability `single_element` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum single_element {}
impl ::hecate_om::call::Callable for single_element {
    const NAME: &'static str = "single_element";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"maxItems\":1,\"minItems\":1,\"prefixItems\":[{\"$ref\":\"#/$defs/Point\"}],\"title\":\"Tuple_of_Point\",\"type\":\"array\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"maxItems\":1,\"minItems\":1,\"prefixItems\":[{\"$ref\":\"#/$defs/Point\"}],\"title\":\"Tuple_of_Point\",\"type\":\"array\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = (definitions::Point,);
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = (definitions::Point,);
}
/// Capability `single_variant` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum single_variant {}
impl ::hecate_om::call::Callable for single_variant {
    const NAME: &'static str = "single_variant";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"additionalProperties\":false,\"properties\":{\"Only\":{\"properties\":{\"a\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"a\"],\"type\":\"object\"}},\"required\":[\"Only\"],\"type\":\"object\"}],\"title\":\"Lonely\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"additionalProperties\":false,\"properties\":{\"Only\":{\"properties\":{\"a\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"a\"],\"type\":\"object\"}},\"required\":[\"Only\"],\"type\":\"object\"}],\"title\":\"Lonely\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Lonely;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Lonely;
}
/// Capability `sparse` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum sparse {}
impl ::hecate_om::call::Callable for sparse {
    const NAME: &'static str = "sparse";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"list\":{\"items\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"type\":\"array\"},\"note\":{\"type\":[\"string\",\"null\"]}},\"title\":\"Sparse\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"list\":{\"items\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"type\":\"array\"},\"note\":{\"type\":[\"string\",\"null\"]}},\"title\":\"Sparse\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Sparse;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Sparse;
}
/// Capability `strict` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum strict {}
impl ::hecate_om::call::Callable for strict {
    const NAME: &'static str = "strict";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":false,\"properties\":{\"only\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"only\"],\"title\":\"Strict\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":false,\"properties\":{\"only\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"only\"],\"title\":\"Strict\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Strict;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Strict;
}
/// Capability `tagged_expression` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum tagged_expression {}
impl ::hecate_om::call::Callable for tagged_expression {
    const NAME: &'static str = "tagged_expression";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"properties\":{\"op\":{\"const\":\"True\",\"type\":\"string\"}},\"required\":[\"op\"],\"type\":\"object\"},{\"properties\":{\"of\":{\"$ref\":\"#\"},\"op\":{\"const\":\"Not\",\"type\":\"string\"}},\"required\":[\"op\",\"of\"],\"type\":\"object\"}],\"title\":\"TaggedExpression\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"oneOf\":[{\"properties\":{\"op\":{\"const\":\"True\",\"type\":\"string\"}},\"required\":[\"op\"],\"type\":\"object\"},{\"properties\":{\"of\":{\"$ref\":\"#\"},\"op\":{\"const\":\"Not\",\"type\":\"string\"}},\"required\":[\"op\",\"of\"],\"type\":\"object\"}],\"title\":\"TaggedExpression\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::TaggedExpression;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::TaggedExpression;
}
/// Capability `time` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum time {}
impl ::hecate_om::call::Callable for time {
    const NAME: &'static str = "time";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"nanos\":{\"format\":\"uint32\",\"minimum\":0,\"type\":\"integer\"},\"secs\":{\"format\":\"uint64\",\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"secs\",\"nanos\"],\"title\":\"Duration\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"nanos\":{\"format\":\"uint32\",\"minimum\":0,\"type\":\"integer\"},\"secs\":{\"format\":\"uint64\",\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"secs\",\"nanos\"],\"title\":\"Duration\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Duration;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Duration;
}
/// Capability `tree` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum tree {}
impl ::hecate_om::call::Callable for tree {
    const NAME: &'static str = "tree";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"leaf\":{\"type\":\"string\"},\"trees\":{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"}},\"required\":[\"leaf\",\"trees\"],\"title\":\"Tree\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"leaf\":{\"type\":\"string\"},\"trees\":{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"}},\"required\":[\"leaf\",\"trees\"],\"title\":\"Tree\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Tree;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Tree;
}
/// Capability `tuple_struct` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum tuple_struct {}
impl ::hecate_om::call::Callable for tuple_struct {
    const NAME: &'static str = "tuple_struct";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"maxItems\":3,\"minItems\":3,\"prefixItems\":[{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},{\"type\":\"string\"},{\"$ref\":\"#/$defs/Odd\"}],\"title\":\"Tuple\",\"type\":\"array\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"maxItems\":3,\"minItems\":3,\"prefixItems\":[{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},{\"type\":\"string\"},{\"$ref\":\"#/$defs/Odd\"}],\"title\":\"Tuple\",\"type\":\"array\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = (u8, ::std::string::String, definitions::Odd);
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = (u8, ::std::string::String, definitions::Odd);
}
/// Capability `unit_struct` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum unit_struct {}
impl ::hecate_om::call::Callable for unit_struct {
    const NAME: &'static str = "unit_struct";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"Unit\",\"type\":\"null\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"Unit\",\"type\":\"null\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ();
}
/// Capability `untagged` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum untagged {}
impl ::hecate_om::call::Callable for untagged {
    const NAME: &'static str = "untagged";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"},\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"anyOf\":[{\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},{\"type\":\"string\"},{\"$ref\":\"#/$defs/Point\"},{\"properties\":{\"list\":{\"items\":{\"$ref\":\"#/$defs/Odd\"},\"type\":\"array\"}},\"required\":[\"list\"],\"type\":\"object\"},{\"type\":\"null\"}],\"title\":\"Untagged\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Odd\":{\"enum\":[\"=\",\">\",\"<\",\"!=\",\"+\",\"-\",\"1\",\"-1\",\"+1\",\".\",\"\",\" \",\"self\",\"Self\",\"Default\",\"Error\",\"Err\",\"type\",\"crate\",\"日本\",\"中国\",\"userId\",\"user_id\",\"user-id\",\"\\\"]\\n[dependencies]\",\"*/\",\"\\\"#\"],\"type\":\"string\"},\"Point\":{\"properties\":{\"x\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"y\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"x\",\"y\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"anyOf\":[{\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},{\"type\":\"string\"},{\"$ref\":\"#/$defs/Point\"},{\"properties\":{\"list\":{\"items\":{\"$ref\":\"#/$defs/Odd\"},\"type\":\"array\"}},\"required\":[\"list\"],\"type\":\"object\"},{\"type\":\"null\"}],\"title\":\"Untagged\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::UntaggedRequest;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::UntaggedResponse;
}
/// Capability `user` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum user {}
impl ::hecate_om::call::Callable for user {
    const NAME: &'static str = "user";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"UserId\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"user-id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"user.id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"userId\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"user_id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"userId\",\"user_id\",\"user-id\",\"UserId\",\"user.id\"],\"title\":\"User\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"UserId\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"user-id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"user.id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"userId\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"},\"user_id\":{\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"userId\",\"user_id\",\"user-id\",\"UserId\",\"user.id\"],\"title\":\"User\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::User;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::User;
}
/// Capability `wide` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum wide {}
impl ::hecate_om::call::Callable for wide {
    const NAME: &'static str = "wide";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint128\",\"minimum\":0,\"title\":\"uint128\",\"type\":\"integer\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint128\",\"minimum\":0,\"title\":\"uint128\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = u64;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Capability `words` of `hecate-shapes`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum words {}
impl ::hecate_om::call::Callable for words {
    const NAME: &'static str = "words";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-shapes");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::string::String;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::string::String;
}
/// Types of requests and responses, in one module per capability.
///
/// The names in a module do not depend on other capabilities. A type that several
/// capabilities share is one Rust type.
pub mod types {
    /// Types of `adjacent`.
    pub mod adjacent {
        pub use super::super::definitions::{Adjacent, AdjacentStructC};
    }
    /// Types of `by_name_and_number`.
    pub mod by_name_and_number {
        pub use super::super::definitions::Odd;
    }
    /// Types of `by_odd`.
    pub mod by_odd {
        pub use super::super::definitions::MapFromOddToUint8;
    }
    /// Types of `by_text`.
    pub mod by_text {
        pub use super::super::definitions::Point;
    }
    /// Types of `chain`.
    pub mod chain {
        pub use super::super::definitions::Chain;
    }
    /// Types of `companies`.
    pub mod companies {
        pub use super::super::definitions::{Company, Person};
    }
    /// Types of `defaults`.
    pub mod defaults {
        pub use super::super::definitions::{Defaults, Odd, Point};
    }
    /// Types of `directory`.
    pub mod directory {
        pub use super::super::definitions::Directory;
    }
    /// Types of `document`.
    pub mod document {
        pub use super::super::definitions::Json;
    }
    /// Types of `expression`.
    pub mod expression {
        pub use super::super::definitions::Expression;
    }
    /// Types of `external`.
    pub mod external {
        pub use super::super::definitions::{External, Odd};
    }
    /// Types of `external_alike`.
    pub mod external_alike {
        pub use super::super::definitions::Alike;
    }
    /// Types of `extras`.
    pub mod extras {
        pub use super::super::definitions::Extras;
    }
    /// Types of `flattened`.
    pub mod flattened {
        pub use super::super::definitions::Flattened;
    }
    /// Types of `flattened_external`.
    pub mod flattened_external {
        pub use super::super::definitions::{
            FlattenedExternal, FlattenedExternal1That, Odd,
        };
    }
    /// Types of `flattened_internal`.
    pub mod flattened_internal {
        pub use super::super::definitions::{FlattenedInternal, Odd, Point};
    }
    /// Types of `flattened_twice`.
    pub mod flattened_twice {
        pub use super::super::definitions::{
            FlattenedTwice, FlattenedTwiceNewThat, FlattenedTwiceStructThat,
            FlattenedTwiceUnitThat, Odd, Point,
        };
    }
    /// Types of `flattened_untagged`.
    pub mod flattened_untagged {
        pub use super::super::definitions::FlattenedUntagged;
    }
    /// Types of `forest`.
    pub mod forest {
        pub use super::super::definitions::Forest;
    }
    /// Types of `hostile`.
    pub mod hostile {
        pub use super::super::definitions::Hostile;
    }
    /// Types of `inlined`.
    pub mod inlined {
        pub use super::super::definitions::{
            Inlined, InlinedKind, InlinedKindADeep, InlinedOther,
        };
    }
    /// Types of `internal`.
    pub mod internal {
        pub use super::super::definitions::{Internal, Odd, Point};
    }
    /// Types of `internal_odd`.
    pub mod internal_odd {
        pub use super::super::definitions::InternalOdd;
    }
    /// Types of `keywords`.
    pub mod keywords {
        pub use super::super::definitions::Keywords;
    }
    /// Types of `list`.
    pub mod list {
        pub use super::super::definitions::Point;
    }
    /// Types of `odd`.
    pub mod odd {
        pub use super::super::definitions::Odd;
    }
    /// Types of `odds`.
    pub mod odds {
        pub use super::super::definitions::Odd;
    }
    /// Types of `optional_struct`.
    pub mod optional_struct {
        pub use super::super::definitions::Point;
    }
    /// Types of `outcome`.
    pub mod outcome {
        pub use super::super::definitions::ResultOfUint8OrString;
    }
    /// Types of `overlapping`.
    pub mod overlapping {
        pub use super::super::definitions::Overlapping;
    }
    /// Types of `page_of_odds`.
    pub mod page_of_odds {
        pub use super::super::definitions::{Odd, PageOdd};
    }
    /// Types of `page_of_points`.
    pub mod page_of_points {
        pub use super::super::definitions::{PagePoint, Point};
    }
    /// Types of `pages`.
    pub mod pages {
        pub use super::super::definitions::{PagePoint, PageString, Pages, Point};
    }
    /// Types of `pair_of_enums`.
    pub mod pair_of_enums {
        pub use super::super::definitions::Odd;
    }
    /// Types of `person`.
    pub mod person {
        pub use super::super::definitions::{Company, Person};
    }
    /// Types of `point`.
    pub mod point {
        pub use super::super::definitions::Point;
    }
    /// Types of `prelude`.
    pub mod prelude {
        pub use super::super::definitions::{Option2, Prelude, Result2, String2, Vec2};
    }
    /// Types of `range`.
    pub mod range {
        pub use super::super::definitions::RangeOfUint8;
    }
    /// Types of `single_element`.
    pub mod single_element {
        pub use super::super::definitions::Point;
    }
    /// Types of `single_variant`.
    pub mod single_variant {
        pub use super::super::definitions::Lonely;
    }
    /// Types of `sparse`.
    pub mod sparse {
        pub use super::super::definitions::Sparse;
    }
    /// Types of `strict`.
    pub mod strict {
        pub use super::super::definitions::Strict;
    }
    /// Types of `tagged_expression`.
    pub mod tagged_expression {
        pub use super::super::definitions::TaggedExpression;
    }
    /// Types of `time`.
    pub mod time {
        pub use super::super::definitions::Duration;
    }
    /// Types of `tree`.
    pub mod tree {
        pub use super::super::definitions::Tree;
    }
    /// Types of `tuple_struct`.
    pub mod tuple_struct {
        pub use super::super::definitions::Odd;
    }
    /// Types of `untagged`.
    pub mod untagged {
        pub use super::super::definitions::{
            Odd, Point, UntaggedRequest, UntaggedResponse,
        };
    }
    /// Types of `user`.
    pub mod user {
        pub use super::super::definitions::User;
    }
}
mod definitions {
    #![allow(
        clippy::all,
        dead_code,
        missing_docs,
        unreachable_pub,
        unused_qualifications,
        elided_lifetimes_in_paths,
        irrefutable_let_patterns
    )]
    /// `Adjacent`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(tag = "t", content = "c")]
    pub enum Adjacent {
        Unit,
        New(u8),
        Struct(AdjacentStructC),
        Tuple(u8, u8),
    }
    impl ::std::convert::From<u8> for Adjacent {
        fn from(value: u8) -> Self {
            Self::New(value)
        }
    }
    impl ::std::convert::From<AdjacentStructC> for Adjacent {
        fn from(value: AdjacentStructC) -> Self {
            Self::Struct(value)
        }
    }
    impl ::std::convert::From<(u8, u8)> for Adjacent {
        fn from(value: (u8, u8)) -> Self {
            Self::Tuple(value.0, value.1)
        }
    }
    /// `AdjacentStructC`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct AdjacentStructC {
        pub a: u8,
    }
    /// `Alike`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub enum Alike {
        #[serde(rename = "userId")]
        UserId(u8),
        #[serde(rename = "user_id")]
        UserId2(u8),
        #[serde(rename = "user-id")]
        UserId3 { a: u8 },
    }
    /// `Chain`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct Chain {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub next: ::std::option::Option<::std::boxed::Box<Chain>>,
    }
    /// `Company`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Company {
        pub staff: ::std::vec::Vec<Person>,
    }
    /// `Defaults`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Defaults {
        #[serde(default = "defaults::default_bool::<true>")]
        pub flag: bool,
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub full: ::std::vec::Vec<u8>,
        #[serde(default = "defaults::default_u64::<u64, 9223372036854775807>")]
        pub large: u64,
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub list: ::std::vec::Vec<u8>,
        #[serde(
            default,
            skip_serializing_if = ":: std :: collections :: BTreeMap::is_empty"
        )]
        pub map: ::std::collections::BTreeMap<::std::string::String, u8>,
        #[serde(default = "defaults::default_i64::<i8, -128>")]
        pub number: i8,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub odd: ::std::option::Option<Odd>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub option: ::std::option::Option<u8>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub point: ::std::option::Option<Point>,
        #[serde(default = "defaults::defaults_text")]
        pub text: ::std::string::String,
    }
    impl ::std::default::Default for Defaults {
        fn default() -> Self {
            Self {
                flag: defaults::default_bool::<true>(),
                full: Default::default(),
                large: defaults::default_u64::<u64, 9223372036854775807>(),
                list: Default::default(),
                map: Default::default(),
                number: defaults::default_i64::<i8, -128>(),
                odd: Default::default(),
                option: Default::default(),
                point: Default::default(),
                text: defaults::defaults_text(),
            }
        }
    }
    /// `Directory`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Directory {
        pub files: ::std::collections::BTreeMap<::std::string::String, Directory>,
    }
    /// `Duration`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Duration {
        pub nanos: u32,
        pub secs: u64,
    }
    /// `Expression`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub enum Expression {
        Literal(i64),
        Add(::std::boxed::Box<Expression>, ::std::boxed::Box<Expression>),
        Negate { of: ::std::boxed::Box<Expression> },
    }
    impl ::std::convert::From<i64> for Expression {
        fn from(value: i64) -> Self {
            Self::Literal(value)
        }
    }
    impl ::std::convert::From<
        (::std::boxed::Box<Expression>, ::std::boxed::Box<Expression>),
    > for Expression {
        fn from(
            value: (::std::boxed::Box<Expression>, ::std::boxed::Box<Expression>),
        ) -> Self {
            Self::Add(value.0, value.1)
        }
    }
    /// One variant of each kind.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub enum External {
        /// A unit variant.
        Unit,
        New(u8),
        Tuple(u8, ::std::string::String),
        Struct { odd: Odd, user_id: u8 },
    }
    impl ::std::convert::From<u8> for External {
        fn from(value: u8) -> Self {
            Self::New(value)
        }
    }
    impl ::std::convert::From<(u8, ::std::string::String)> for External {
        fn from(value: (u8, ::std::string::String)) -> Self {
            Self::Tuple(value.0, value.1)
        }
    }
    /// `Extras`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Extras {
        #[serde(rename = "extra")]
        pub extra_2: u8,
        #[serde(flatten)]
        pub extra: ::std::collections::BTreeMap<::std::string::String, u8>,
    }
    /// `Flattened`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Flattened {
        pub id: u8,
        pub x: u8,
        pub y: u8,
    }
    /// `FlattenedExternal`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(untagged)]
    pub enum FlattenedExternal {
        Variant0 { id: u8, #[serde(rename = "This")] this: Odd },
        Variant1 { id: u8, #[serde(rename = "That")] that: FlattenedExternal1That },
    }
    /// `FlattenedExternal1That`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct FlattenedExternal1That {
        pub x: u8,
    }
    /// `FlattenedInternal`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(tag = "kind")]
    pub enum FlattenedInternal {
        Unit { id: u8 },
        Struct { at: u64, id: u8, inner: Odd },
        New { id: u8, x: u8, y: u8 },
    }
    /// `FlattenedTwice`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(untagged)]
    pub enum FlattenedTwice {
        Variant0 {
            kind: FlattenedTwiceVariant0Kind,
            #[serde(rename = "This")]
            this: Odd,
        },
        Variant1 {
            at: u64,
            inner: Odd,
            kind: FlattenedTwiceVariant1Kind,
            #[serde(rename = "This")]
            this: Odd,
        },
        Variant2 {
            kind: FlattenedTwiceVariant2Kind,
            #[serde(rename = "This")]
            this: Odd,
            x: u8,
            y: u8,
        },
        Variant3 {
            kind: FlattenedTwiceVariant3Kind,
            #[serde(rename = "That")]
            that: FlattenedTwiceUnitThat,
        },
        Variant4 {
            at: u64,
            inner: Odd,
            kind: FlattenedTwiceVariant4Kind,
            #[serde(rename = "That")]
            that: FlattenedTwiceStructThat,
        },
        Variant5 {
            kind: FlattenedTwiceVariant5Kind,
            #[serde(rename = "That")]
            that: FlattenedTwiceNewThat,
            x: u8,
            y: u8,
        },
    }
    /// `FlattenedTwiceNewThat`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct FlattenedTwiceNewThat {
        pub x: u8,
    }
    /// `FlattenedTwiceStructThat`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct FlattenedTwiceStructThat {
        pub x: u8,
    }
    /// `FlattenedTwiceUnitThat`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct FlattenedTwiceUnitThat {
        pub x: u8,
    }
    /// `FlattenedTwiceVariant0Kind`
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    pub enum FlattenedTwiceVariant0Kind {
        Unit,
    }
    impl ::std::fmt::Display for FlattenedTwiceVariant0Kind {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Unit => f.write_str("Unit"),
            }
        }
    }
    impl ::std::str::FromStr for FlattenedTwiceVariant0Kind {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "Unit" => Ok(Self::Unit),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for FlattenedTwiceVariant0Kind {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for FlattenedTwiceVariant0Kind {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// `FlattenedTwiceVariant1Kind`
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    pub enum FlattenedTwiceVariant1Kind {
        Struct,
    }
    impl ::std::fmt::Display for FlattenedTwiceVariant1Kind {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Struct => f.write_str("Struct"),
            }
        }
    }
    impl ::std::str::FromStr for FlattenedTwiceVariant1Kind {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "Struct" => Ok(Self::Struct),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for FlattenedTwiceVariant1Kind {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for FlattenedTwiceVariant1Kind {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// `FlattenedTwiceVariant2Kind`
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    pub enum FlattenedTwiceVariant2Kind {
        New,
    }
    impl ::std::fmt::Display for FlattenedTwiceVariant2Kind {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::New => f.write_str("New"),
            }
        }
    }
    impl ::std::str::FromStr for FlattenedTwiceVariant2Kind {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "New" => Ok(Self::New),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for FlattenedTwiceVariant2Kind {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for FlattenedTwiceVariant2Kind {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// `FlattenedTwiceVariant3Kind`
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    pub enum FlattenedTwiceVariant3Kind {
        Unit,
    }
    impl ::std::fmt::Display for FlattenedTwiceVariant3Kind {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Unit => f.write_str("Unit"),
            }
        }
    }
    impl ::std::str::FromStr for FlattenedTwiceVariant3Kind {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "Unit" => Ok(Self::Unit),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for FlattenedTwiceVariant3Kind {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for FlattenedTwiceVariant3Kind {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// `FlattenedTwiceVariant4Kind`
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    pub enum FlattenedTwiceVariant4Kind {
        Struct,
    }
    impl ::std::fmt::Display for FlattenedTwiceVariant4Kind {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Struct => f.write_str("Struct"),
            }
        }
    }
    impl ::std::str::FromStr for FlattenedTwiceVariant4Kind {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "Struct" => Ok(Self::Struct),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for FlattenedTwiceVariant4Kind {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for FlattenedTwiceVariant4Kind {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// `FlattenedTwiceVariant5Kind`
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    pub enum FlattenedTwiceVariant5Kind {
        New,
    }
    impl ::std::fmt::Display for FlattenedTwiceVariant5Kind {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::New => f.write_str("New"),
            }
        }
    }
    impl ::std::str::FromStr for FlattenedTwiceVariant5Kind {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "New" => Ok(Self::New),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for FlattenedTwiceVariant5Kind {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for FlattenedTwiceVariant5Kind {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// `FlattenedUntagged`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(untagged)]
    pub enum FlattenedUntagged {
        Variant0 { a: u8, b: u8, id: u8 },
        Variant1 { a: u8, id: u8 },
    }
    /// `Forest`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(transparent)]
    pub struct Forest(pub ::std::vec::Vec<Forest>);
    impl ::std::ops::Deref for Forest {
        type Target = ::std::vec::Vec<Forest>;
        fn deref(&self) -> &::std::vec::Vec<Forest> {
            &self.0
        }
    }
    impl ::std::convert::From<Forest> for ::std::vec::Vec<Forest> {
        fn from(value: Forest) -> Self {
            value.0
        }
    }
    impl ::std::convert::From<::std::vec::Vec<Forest>> for Forest {
        fn from(value: ::std::vec::Vec<Forest>) -> Self {
            Self(value)
        }
    }
    #[doc = " \"]\n*/ fn main() {} /*\n```\nevil()"]
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Hostile {
        /// "]
        #[serde(rename = "\"]\n[dependencies]\nevil = 1")]
        pub double_quote_dependencies_evil_equal_1: u8,
        /// */
        #[serde(rename = "*/")]
        pub star_slash: u8,
        #[serde(rename = "\u{1b}[31m\u{202e}")]
        pub x31m: u8,
    }
    /// `Inlined`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Inlined {
        pub kind: InlinedKind,
        pub other: InlinedOther,
    }
    /// `InlinedKind`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub enum InlinedKind {
        A { deep: InlinedKindADeep },
    }
    /// `InlinedKindADeep`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct InlinedKindADeep {
        pub x: u8,
    }
    /// `InlinedOther`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct InlinedOther {
        pub x: u8,
    }
    /// `Internal`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(tag = "kind")]
    pub enum Internal {
        Unit,
        Struct { at: u64, inner: Odd },
        New { x: u8, y: u8 },
    }
    /// `InternalOdd`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(tag = "@type", content = "text")]
    pub enum InternalOdd {
        #[serde(rename = "=")]
        Equal,
        #[serde(rename = "text")]
        Text(::std::string::String),
    }
    /// `Json`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(untagged)]
    pub enum Json {
        Null,
        Boolean(bool),
        String(::std::string::String),
        Array(::std::vec::Vec<Json>),
        Object(::std::collections::BTreeMap<::std::string::String, Json>),
    }
    impl ::std::convert::From<bool> for Json {
        fn from(value: bool) -> Self {
            Self::Boolean(value)
        }
    }
    impl ::std::convert::From<::std::vec::Vec<Json>> for Json {
        fn from(value: ::std::vec::Vec<Json>) -> Self {
            Self::Array(value)
        }
    }
    impl ::std::convert::From<::std::collections::BTreeMap<::std::string::String, Json>>
    for Json {
        fn from(
            value: ::std::collections::BTreeMap<::std::string::String, Json>,
        ) -> Self {
            Self::Object(value)
        }
    }
    /// `Keywords`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Keywords {
        #[serde(rename = "const")]
        pub const_: ::std::string::String,
        pub default: u8,
        pub description: ::std::string::String,
        #[serde(rename = "$ref")]
        pub dollar_ref: u8,
        #[serde(rename = "")]
        pub empty: u8,
        #[serde(rename = "enum")]
        pub enum_: ::std::string::String,
        #[serde(rename = "fn", skip_serializing_if = "::std::option::Option::is_none")]
        pub fn_: ::std::option::Option<u8>,
        pub properties: u8,
        pub required: u8,
        #[serde(rename = "Self")]
        pub self_: u8,
        #[serde(rename = "self")]
        pub self_2: u8,
        pub title: u8,
        #[serde(rename = "type")]
        pub type_: u8,
        #[serde(rename = "type_")]
        pub type_2: u8,
        #[serde(rename = "日本")]
        pub value: u8,
        #[serde(rename = "2nd")]
        pub x2nd: u8,
    }
    /// `Lonely`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub enum Lonely {
        Only { a: u8 },
    }
    /// `MapFromOddToUint8`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct MapFromOddToUint8 {
        #[serde(
            rename = "crate",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub crate_: ::std::option::Option<u8>,
        #[serde(
            rename = "Default",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub default: ::std::option::Option<u8>,
        #[serde(rename = ".", skip_serializing_if = "::std::option::Option::is_none")]
        pub dot: ::std::option::Option<u8>,
        #[serde(
            rename = "\"]\n[dependencies]",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub double_quote_dependencies: ::std::option::Option<u8>,
        #[serde(rename = "\"#", skip_serializing_if = "::std::option::Option::is_none")]
        pub double_quote_hash: ::std::option::Option<u8>,
        #[serde(rename = "", skip_serializing_if = "::std::option::Option::is_none")]
        pub empty: ::std::option::Option<u8>,
        #[serde(rename = "=", skip_serializing_if = "::std::option::Option::is_none")]
        pub equal: ::std::option::Option<u8>,
        #[serde(rename = "Err", skip_serializing_if = "::std::option::Option::is_none")]
        pub err: ::std::option::Option<u8>,
        #[serde(
            rename = "Error",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub error: ::std::option::Option<u8>,
        #[serde(rename = ">", skip_serializing_if = "::std::option::Option::is_none")]
        pub greater: ::std::option::Option<u8>,
        #[serde(rename = "<", skip_serializing_if = "::std::option::Option::is_none")]
        pub less: ::std::option::Option<u8>,
        #[serde(rename = "-", skip_serializing_if = "::std::option::Option::is_none")]
        pub minus: ::std::option::Option<u8>,
        #[serde(rename = "-1", skip_serializing_if = "::std::option::Option::is_none")]
        pub minus_1: ::std::option::Option<u8>,
        #[serde(rename = "!=", skip_serializing_if = "::std::option::Option::is_none")]
        pub not_equal: ::std::option::Option<u8>,
        #[serde(rename = "+", skip_serializing_if = "::std::option::Option::is_none")]
        pub plus: ::std::option::Option<u8>,
        #[serde(rename = "+1", skip_serializing_if = "::std::option::Option::is_none")]
        pub plus_1: ::std::option::Option<u8>,
        #[serde(rename = "Self", skip_serializing_if = "::std::option::Option::is_none")]
        pub self_: ::std::option::Option<u8>,
        #[serde(rename = "self", skip_serializing_if = "::std::option::Option::is_none")]
        pub self_2: ::std::option::Option<u8>,
        #[serde(rename = " ", skip_serializing_if = "::std::option::Option::is_none")]
        pub space: ::std::option::Option<u8>,
        #[serde(rename = "*/", skip_serializing_if = "::std::option::Option::is_none")]
        pub star_slash: ::std::option::Option<u8>,
        #[serde(rename = "type", skip_serializing_if = "::std::option::Option::is_none")]
        pub type_: ::std::option::Option<u8>,
        #[serde(
            rename = "user-id",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub user_id: ::std::option::Option<u8>,
        #[serde(
            rename = "userId",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub user_id_2: ::std::option::Option<u8>,
        #[serde(
            rename = "user_id",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub user_id_3: ::std::option::Option<u8>,
        #[serde(
            rename = "中国",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub value: ::std::option::Option<u8>,
        #[serde(
            rename = "日本",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub value_2: ::std::option::Option<u8>,
        #[serde(rename = "1", skip_serializing_if = "::std::option::Option::is_none")]
        pub x1: ::std::option::Option<u8>,
    }
    /// `Odd`
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    pub enum Odd {
        #[serde(rename = "=")]
        Equal,
        #[serde(rename = ">")]
        Greater,
        #[serde(rename = "<")]
        Less,
        #[serde(rename = "!=")]
        NotEqual,
        #[serde(rename = "+")]
        Plus,
        #[serde(rename = "-")]
        Minus,
        #[serde(rename = "1")]
        X1,
        #[serde(rename = "-1")]
        Minus1,
        #[serde(rename = "+1")]
        Plus1,
        #[serde(rename = ".")]
        Dot,
        #[serde(rename = "")]
        Empty,
        #[serde(rename = " ")]
        Space,
        #[serde(rename = "self")]
        Self_,
        #[serde(rename = "Self")]
        Self2,
        Default,
        Error,
        Err,
        #[serde(rename = "type")]
        Type,
        #[serde(rename = "crate")]
        Crate,
        #[serde(rename = "日本")]
        Value,
        #[serde(rename = "中国")]
        Value2,
        #[serde(rename = "userId")]
        UserId,
        #[serde(rename = "user_id")]
        UserId2,
        #[serde(rename = "user-id")]
        UserId3,
        #[serde(rename = "\"]\n[dependencies]")]
        DoubleQuoteDependencies,
        #[serde(rename = "*/")]
        StarSlash,
        #[serde(rename = "\"#")]
        DoubleQuoteHash,
    }
    impl ::std::fmt::Display for Odd {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Equal => f.write_str("="),
                Self::Greater => f.write_str(">"),
                Self::Less => f.write_str("<"),
                Self::NotEqual => f.write_str("!="),
                Self::Plus => f.write_str("+"),
                Self::Minus => f.write_str("-"),
                Self::X1 => f.write_str("1"),
                Self::Minus1 => f.write_str("-1"),
                Self::Plus1 => f.write_str("+1"),
                Self::Dot => f.write_str("."),
                Self::Empty => f.write_str(""),
                Self::Space => f.write_str(" "),
                Self::Self_ => f.write_str("self"),
                Self::Self2 => f.write_str("Self"),
                Self::Default => f.write_str("Default"),
                Self::Error => f.write_str("Error"),
                Self::Err => f.write_str("Err"),
                Self::Type => f.write_str("type"),
                Self::Crate => f.write_str("crate"),
                Self::Value => f.write_str("日本"),
                Self::Value2 => f.write_str("中国"),
                Self::UserId => f.write_str("userId"),
                Self::UserId2 => f.write_str("user_id"),
                Self::UserId3 => f.write_str("user-id"),
                Self::DoubleQuoteDependencies => f.write_str("\"]\n[dependencies]"),
                Self::StarSlash => f.write_str("*/"),
                Self::DoubleQuoteHash => f.write_str("\"#"),
            }
        }
    }
    impl ::std::str::FromStr for Odd {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "=" => Ok(Self::Equal),
                ">" => Ok(Self::Greater),
                "<" => Ok(Self::Less),
                "!=" => Ok(Self::NotEqual),
                "+" => Ok(Self::Plus),
                "-" => Ok(Self::Minus),
                "1" => Ok(Self::X1),
                "-1" => Ok(Self::Minus1),
                "+1" => Ok(Self::Plus1),
                "." => Ok(Self::Dot),
                "" => Ok(Self::Empty),
                " " => Ok(Self::Space),
                "self" => Ok(Self::Self_),
                "Self" => Ok(Self::Self2),
                "Default" => Ok(Self::Default),
                "Error" => Ok(Self::Error),
                "Err" => Ok(Self::Err),
                "type" => Ok(Self::Type),
                "crate" => Ok(Self::Crate),
                "日本" => Ok(Self::Value),
                "中国" => Ok(Self::Value2),
                "userId" => Ok(Self::UserId),
                "user_id" => Ok(Self::UserId2),
                "user-id" => Ok(Self::UserId3),
                "\"]\n[dependencies]" => Ok(Self::DoubleQuoteDependencies),
                "*/" => Ok(Self::StarSlash),
                "\"#" => Ok(Self::DoubleQuoteHash),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for Odd {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for Odd {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// `Option2`
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    pub enum Option2 {
        Some,
        None,
    }
    impl ::std::fmt::Display for Option2 {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Some => f.write_str("Some"),
                Self::None => f.write_str("None"),
            }
        }
    }
    impl ::std::str::FromStr for Option2 {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "Some" => Ok(Self::Some),
                "None" => Ok(Self::None),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for Option2 {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for Option2 {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// `Overlapping`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(untagged)]
    pub enum Overlapping {
        Variant0 { a: u8, b: u8 },
        Variant1 { a: u8 },
    }
    /// `PageOdd`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct PageOdd {
        pub items: ::std::vec::Vec<Odd>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub next: ::std::option::Option<u64>,
    }
    /// `PagePoint`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct PagePoint {
        pub items: ::std::vec::Vec<Point>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub next: ::std::option::Option<u64>,
    }
    /// `PageString`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct PageString {
        pub items: ::std::vec::Vec<::std::string::String>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub next: ::std::option::Option<u64>,
    }
    /// `Pages`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Pages {
        pub points: PagePoint,
        pub texts: PageString,
    }
    /// `Person`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Person {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub company: ::std::option::Option<Company>,
        pub name: ::std::string::String,
    }
    /// `Point`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Point {
        pub x: u8,
        pub y: u8,
    }
    /// `Prelude`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Prelude {
        pub option: Option2,
        pub result: Result2,
        pub vec: Vec2,
    }
    /// `RangeOfUint8`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct RangeOfUint8 {
        pub end: u8,
        pub start: u8,
    }
    /// `Result2`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Result2 {
        pub ok: u8,
    }
    /// `ResultOfUint8OrString`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub enum ResultOfUint8OrString {
        Ok(u8),
        Err(::std::string::String),
    }
    impl ::std::convert::From<u8> for ResultOfUint8OrString {
        fn from(value: u8) -> Self {
            Self::Ok(value)
        }
    }
    /// `Sparse`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default, PartialEq)]
    pub struct Sparse {
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub list: ::std::vec::Vec<u8>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub note: ::std::option::Option<::std::string::String>,
    }
    /// `Strict`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Strict {
        pub only: u8,
    }
    /// `String2`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(transparent)]
    pub struct String2(pub u8);
    impl ::std::ops::Deref for String2 {
        type Target = u8;
        fn deref(&self) -> &u8 {
            &self.0
        }
    }
    impl ::std::convert::From<String2> for u8 {
        fn from(value: String2) -> Self {
            value.0
        }
    }
    impl ::std::convert::From<u8> for String2 {
        fn from(value: u8) -> Self {
            Self(value)
        }
    }
    impl ::std::fmt::Display for String2 {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            self.0.fmt(f)
        }
    }
    impl ::std::str::FromStr for String2 {
        type Err = <u8 as ::std::str::FromStr>::Err;
        fn from_str(value: &str) -> ::std::result::Result<Self, Self::Err> {
            Ok(Self(value.parse()?))
        }
    }
    impl ::std::convert::TryFrom<&str> for String2 {
        type Error = <u8 as ::std::str::FromStr>::Err;
        fn try_from(value: &str) -> ::std::result::Result<Self, Self::Error> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<String> for String2 {
        type Error = <u8 as ::std::str::FromStr>::Err;
        fn try_from(value: String) -> ::std::result::Result<Self, Self::Error> {
            value.parse()
        }
    }
    /// `TaggedExpression`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(tag = "op", content = "of")]
    pub enum TaggedExpression {
        True,
        Not(::std::boxed::Box<TaggedExpression>),
    }
    impl ::std::convert::From<::std::boxed::Box<TaggedExpression>> for TaggedExpression {
        fn from(value: ::std::boxed::Box<TaggedExpression>) -> Self {
            Self::Not(value)
        }
    }
    /// `Tree`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Tree {
        pub leaf: ::std::string::String,
        pub trees: ::std::vec::Vec<Tree>,
    }
    /// `UntaggedRequest`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(untagged)]
    pub enum UntaggedRequest {
        Boolean(bool),
        String(::std::string::String),
        Point(Point),
        Object { list: ::std::vec::Vec<Odd> },
        Null,
    }
    impl ::std::convert::From<bool> for UntaggedRequest {
        fn from(value: bool) -> Self {
            Self::Boolean(value)
        }
    }
    impl ::std::convert::From<Point> for UntaggedRequest {
        fn from(value: Point) -> Self {
            Self::Point(value)
        }
    }
    /// `UntaggedResponse`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(untagged)]
    pub enum UntaggedResponse {
        Boolean(bool),
        String(::std::string::String),
        Point(Point),
        Object { list: ::std::vec::Vec<Odd> },
        Null,
    }
    impl ::std::convert::From<bool> for UntaggedResponse {
        fn from(value: bool) -> Self {
            Self::Boolean(value)
        }
    }
    impl ::std::convert::From<Point> for UntaggedResponse {
        fn from(value: Point) -> Self {
            Self::Point(value)
        }
    }
    /// `User`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct User {
        #[serde(rename = "UserId")]
        pub user_id: u8,
        #[serde(rename = "user-id")]
        pub user_id_2: u8,
        #[serde(rename = "user.id")]
        pub user_id_3: u8,
        #[serde(rename = "userId")]
        pub user_id_4: u8,
        #[serde(rename = "user_id")]
        pub user_id_5: u8,
    }
    /// `Vec2`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Vec2 {
        pub string: String2,
    }
    /// Generation of default values for serde.
    pub mod defaults {
        pub(super) fn default_bool<const V: bool>() -> bool {
            V
        }
        pub(super) fn default_i64<T, const V: i64>() -> T
        where
            T: ::std::convert::TryFrom<i64>,
            <T as ::std::convert::TryFrom<i64>>::Error: ::std::fmt::Debug,
        {
            T::try_from(V).unwrap()
        }
        pub(super) fn default_u64<T, const V: u64>() -> T
        where
            T: ::std::convert::TryFrom<u64>,
            <T as ::std::convert::TryFrom<u64>>::Error: ::std::fmt::Debug,
        {
            T::try_from(V).unwrap()
        }
        pub(super) fn defaults_text() -> ::std::string::String {
            "a\"b".to_string()
        }
    }
    /// Error types.
    pub mod error {
        /// Error from a `TryFrom` or `FromStr` implementation.
        pub struct ConversionError(::std::borrow::Cow<'static, str>);
        impl ::std::error::Error for ConversionError {}
        impl ::std::fmt::Display for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl ::std::fmt::Debug for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&'static str> for ConversionError {
            fn from(value: &'static str) -> Self {
                Self(value.into())
            }
        }
        impl From<String> for ConversionError {
            fn from(value: String) -> Self {
                Self(value.into())
            }
        }
    }
}
