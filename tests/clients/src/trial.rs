//! Client of `hecate-trial` 0.1.0: call its capabilities with `mesh.call::<some_client::…>(&request)`.
//!
//! Written by `hecate-om client`: run it again instead of editing this file.
/// Returns the node that wrote the note, also if another node sends it.
///
/// Capability `trial.author` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_author {}
impl ::hecate_om::call::Callable for trial_author {
    const NAME: &'static str = "trial.author";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$comment\":\"decoded from the value as it is on the wire\",\"$defs\":{\"OwnershipProof\":{\"description\":\"Proof that a node authorized a request: the entry `asserted_by` of the request.\",\"properties\":{\"identity\":{\"description\":\"Id of the node that authorized the request, as hex digits.\",\"pattern\":\"^[0-9a-fA-F]{64}$\",\"type\":\"string\"},\"proof\":{\"$ref\":\"#/$defs/Proof\",\"description\":\"The signature.\"}},\"required\":[\"identity\",\"proof\"],\"type\":\"object\"},\"Proof\":{\"description\":\"A signature over the request, the procedure, the realm, a time and a nonce.\",\"properties\":{\"nonce\":{\"description\":\"16 random bytes, as hex digits.\",\"type\":\"string\"},\"public\":{\"description\":\"The node's public key, as hex digits.\",\"type\":\"string\"},\"signature\":{\"description\":\"The signature, as hex digits.\",\"type\":\"string\"},\"timestamp\":{\"description\":\"Time of the signature, in Unix milliseconds.\",\"format\":\"int64\",\"type\":\"integer\"},\"v\":{\"description\":\"Version: 2.\",\"format\":\"uint8\",\"maximum\":255,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"v\",\"timestamp\",\"nonce\",\"signature\",\"public\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A note of a node.\",\"properties\":{\"asserted_by\":{\"$ref\":\"#/$defs/OwnershipProof\"},\"text\":{\"type\":\"string\"}},\"required\":[\"text\",\"asserted_by\"],\"title\":\"AssertedNote\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"pattern\":\"^[0-9a-fA-F]{64}$\",\"title\":\"NodeId\",\"type\":\"string\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::AssertedNote;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::string::String;
}
/// Blocks its thread until a file with the given path exists, which no handler should do.
///
/// Capability `trial.block` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_block {}
impl ::hecate_om::call::Callable for trial_block {
    const NAME: &'static str = "trial.block";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"null\",\"type\":\"null\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::string::String;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ();
}
/// Blocks every thread of the runtime for this many milliseconds.
///
/// Capability `trial.block_runtime` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_block_runtime {}
impl ::hecate_om::call::Callable for trial_block_runtime {
    const NAME: &'static str = "trial.block_runtime";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = u64;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Calls a procedure of another service.
///
/// Capability `trial.call` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_call {}
impl ::hecate_om::call::Callable for trial_call {
    const NAME: &'static str = "trial.call";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"maxItems\":2,\"minItems\":2,\"prefixItems\":[{\"type\":\"string\"},true],\"title\":\"Tuple_of_string_and_AnyValue\",\"type\":\"array\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"AnyValue\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = (::std::string::String, ::serde_json::Value);
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::serde_json::Value;
}
/// Calls `trial.record_run` of another service.
///
/// Capability `trial.call_record_run` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_call_record_run {}
impl ::hecate_om::call::Callable for trial_call_record_run {
    const NAME: &'static str = "trial.call_record_run";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Run\":{\"description\":\"The run to count.\",\"properties\":{\"held\":{\"description\":\"Whether the run ends only after its key was released.\",\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"key\":{\"type\":\"string\"}},\"required\":[\"key\",\"held\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A call of another service's `trial.record_run`, with its options.\",\"properties\":{\"idempotent\":{\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"org\":{\"type\":\"string\"},\"run\":{\"$ref\":\"#/$defs/Run\"},\"timeout_ms\":{\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"org\",\"run\",\"idempotent\",\"timeout_ms\"],\"title\":\"RemoteRun\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::RemoteRun;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Calls `trial.remaining` with a timeout of minutes.
///
/// Capability `trial.call_remaining` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_call_remaining {}
impl ::hecate_om::call::Callable for trial_call_remaining {
    const NAME: &'static str = "trial.call_remaining";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Calls a procedure without arguments and returns its response, or its error under the same code.
///
/// Capability `trial.call_with_permission` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_call_with_permission {}
impl ::hecate_om::call::Callable for trial_call_with_permission {
    const NAME: &'static str = "trial.call_with_permission";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A call for the service to make.\",\"properties\":{\"permission\":{\"description\":\"The permission to call with; without one, the runtime chooses.\",\"type\":[\"string\",\"null\"]},\"procedure\":{\"type\":\"string\"},\"timeout_ms\":{\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"procedure\",\"timeout_ms\"],\"title\":\"OutgoingCall\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"AnyValue\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::OutgoingCall;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::serde_json::Value;
}
/// Returns the caller's node id.
///
/// Capability `trial.caller` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_caller {}
impl ::hecate_om::call::Callable for trial_caller {
    const NAME: &'static str = "trial.caller";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::string::String;
}
/// Returns the claims of the caller's token, for members with the permission.
///
/// Capability `trial.claims` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_claims {}
impl ::hecate_om::call::Callable for trial_claims {
    const NAME: &'static str = "trial.claims";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = true;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"The contents of a token.\",\"properties\":{\"audience\":{\"type\":\"string\"},\"capabilities\":{\"items\":{\"maxItems\":2,\"minItems\":2,\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"string\"}],\"type\":\"array\"},\"type\":\"array\"},\"expires_at\":{\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"issuer\":{\"type\":\"string\"}},\"required\":[\"issuer\",\"audience\",\"capabilities\",\"expires_at\"],\"title\":\"ReceivedClaims\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::ReceivedClaims;
}
/// Counts its runs and returns their number.
///
/// Capability `trial.count` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_count {}
impl ::hecate_om::call::Callable for trial_count {
    const NAME: &'static str = "trial.count";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Counts to three, and ends as requested.
///
/// Capability `trial.count_and_fail` of `hecate-trial`, version 1, server streaming.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_count_and_fail {}
impl ::hecate_om::call::Callable for trial_count_and_fail {
    const NAME: &'static str = "trial.count_and_fail";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"End of a count.\",\"oneOf\":[{\"const\":\"Refused\",\"description\":\"Refused before the first item.\",\"type\":\"string\"},{\"const\":\"RefusedLate\",\"description\":\"Refused after three items.\",\"type\":\"string\"},{\"const\":\"Panics\",\"description\":\"With a panic after three items.\",\"type\":\"string\"},{\"const\":\"Hangs\",\"description\":\"Not at all, after three items.\",\"type\":\"string\"}],\"title\":\"End\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::ServerStreaming;
    type Request = definitions::End;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Counts from 0 up to a number, exclusively, for members only.
///
/// Capability `trial.count_for_members` of `hecate-trial`, version 1, server streaming.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_count_for_members {}
impl ::hecate_om::call::Callable for trial_count_for_members {
    const NAME: &'static str = "trial.count_for_members";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = true;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"maxItems\":2,\"minItems\":2,\"prefixItems\":[{\"type\":\"string\"},{\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"}],\"title\":\"Tuple_of_string_and_uint64\",\"type\":\"array\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::ServerStreaming;
    type Request = u64;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = (::std::string::String, u64);
}
/// Counts from 0 up to a number, exclusively, for sealed requests only.
///
/// Capability `trial.count_sealed` of `hecate-trial`, version 1, server streaming.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_count_sealed {}
impl ::hecate_om::call::Callable for trial_count_sealed {
    const NAME: &'static str = "trial.count_sealed";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::ServerStreaming;
    type Request = u64;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Counts from 0 up to a number, exclusively, as fast as the items are read.
///
/// Capability `trial.count_to` of `hecate-trial`, version 1, server streaming.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_count_to {}
impl ::hecate_om::call::Callable for trial_count_to {
    const NAME: &'static str = "trial.count_to";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"The range and the size of the items to count.\",\"properties\":{\"key\":{\"type\":\"string\"},\"padding\":{\"default\":0,\"description\":\"The number of additional bytes in each item.\",\"format\":\"uint\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"to\":{\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"key\",\"to\"],\"title\":\"Count\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A counted number.\",\"properties\":{\"number\":{\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"padding\":{\"type\":\"string\"}},\"required\":[\"number\",\"padding\"],\"title\":\"Counted\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::ServerStreaming;
    type Request = definitions::Count;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Counted;
}
/// Counts its runs, with the access policy of the service.
///
/// Capability `trial.default_access` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_default_access {}
impl ::hecate_om::call::Callable for trial_default_access {
    const NAME: &'static str = "trial.default_access";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = true;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Delegates one of the service's permissions to the caller.
///
/// Capability `trial.delegate` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_delegate {}
impl ::hecate_om::call::Callable for trial_delegate {
    const NAME: &'static str = "trial.delegate";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
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
/// Fetches a content and returns its hash.
///
/// Capability `trial.digest` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_digest {}
impl ::hecate_om::call::Callable for trial_digest {
    const NAME: &'static str = "trial.digest";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A content to fetch.\",\"properties\":{\"content\":{\"format\":\"macula-content-id\",\"pattern\":\"^025[56][0-9a-f]{96}$\",\"type\":\"string\"},\"max_bytes\":{\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":[\"integer\",\"null\"]},\"timeout_ms\":{\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":[\"integer\",\"null\"]}},\"required\":[\"content\"],\"title\":\"FetchRequest\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A fetched content.\",\"properties\":{\"bytes\":{\"format\":\"uint\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"progress\":{\"description\":\"The number of received bytes at each report of progress.\",\"items\":{\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"type\":\"array\"},\"sha256\":{\"type\":\"string\"}},\"required\":[\"bytes\",\"sha256\",\"progress\"],\"title\":\"FetchReport\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::FetchRequest;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::FetchReport;
}
/// Returns the given document.
///
/// Capability `trial.document` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_document {}
impl ::hecate_om::call::Callable for trial_document {
    const NAME: &'static str = "trial.document";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = true;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A document, or a part of one.\",\"examples\":[{\"pages\":3,\"public\":1,\"tags\":[\"sea\"],\"title\":\"Tides\"}],\"properties\":{\"note\":{\"default\":null,\"type\":[\"string\",\"null\"]},\"pages\":{\"format\":\"uint32\",\"minimum\":0,\"type\":\"integer\"},\"public\":{\"description\":\"Whether everyone may read the document.\",\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"tags\":{\"items\":{\"type\":\"string\"},\"type\":\"array\"},\"title\":{\"type\":\"string\"}},\"required\":[\"title\",\"public\",\"pages\",\"tags\"],\"title\":\"Document\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A document, or a part of one.\",\"examples\":[{\"pages\":3,\"public\":1,\"tags\":[\"sea\"],\"title\":\"Tides\"}],\"properties\":{\"note\":{\"default\":null,\"type\":[\"string\",\"null\"]},\"pages\":{\"format\":\"uint32\",\"minimum\":0,\"type\":\"integer\"},\"public\":{\"description\":\"Whether everyone may read the document.\",\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"tags\":{\"items\":{\"type\":\"string\"},\"type\":\"array\"},\"title\":{\"type\":\"string\"}},\"required\":[\"title\",\"public\",\"pages\",\"tags\",\"note\"],\"title\":\"Document\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Document;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Document;
}
/// Fetches a document.
///
/// Capability `trial.fetch_document` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_fetch_document {}
impl ::hecate_om::call::Callable for trial_fetch_document {
    const NAME: &'static str = "trial.fetch_document";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"macula-content-id\",\"pattern\":\"^025[56][0-9a-f]{96}$\",\"title\":\"Content\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A document, or a part of one.\",\"examples\":[{\"pages\":3,\"public\":1,\"tags\":[\"sea\"],\"title\":\"Tides\"}],\"properties\":{\"note\":{\"default\":null,\"type\":[\"string\",\"null\"]},\"pages\":{\"format\":\"uint32\",\"minimum\":0,\"type\":\"integer\"},\"public\":{\"description\":\"Whether everyone may read the document.\",\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"tags\":{\"items\":{\"type\":\"string\"},\"type\":\"array\"},\"title\":{\"type\":\"string\"}},\"required\":[\"title\",\"public\",\"pages\",\"tags\",\"note\"],\"title\":\"Document\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::string::String;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Document;
}
/// Subscribes to exactly these topics, beside those of the attributes, and publishes what it
/// receives.
///
/// Capability `trial.follow` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_follow {}
impl ::hecate_om::call::Callable for trial_follow {
    const NAME: &'static str = "trial.follow";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"maxItems\":2,\"minItems\":2,\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"string\"}],\"type\":\"array\"},\"title\":\"Array_of_Tuple_of_string_and_string\",\"type\":\"array\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"maxItems\":3,\"minItems\":3,\"prefixItems\":[{\"format\":\"uint\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},{\"format\":\"uint\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},{\"format\":\"uint\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"}],\"title\":\"Tuple_of_uint_and_uint_and_uint\",\"type\":\"array\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::vec::Vec<(::std::string::String, ::std::string::String)>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = (u64, u64, u64);
}
/// Opens `trial.watch` at another service, and reads it to its end.
///
/// Capability `trial.follow_stream` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_follow_stream {}
impl ::hecate_om::call::Callable for trial_follow_stream {
    const NAME: &'static str = "trial.follow_stream";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::string::String;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Responds once a file with the given path exists. Until then it counts as sleeping for 0 ms.
///
/// Capability `trial.hold` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_hold {}
impl ::hecate_om::call::Callable for trial_hold {
    const NAME: &'static str = "trial.hold";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"null\",\"type\":\"null\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::string::String;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ();
}
/// Returns an integer that the wire does not support.
///
/// Capability `trial.huge` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_huge {}
impl ::hecate_om::call::Callable for trial_huge {
    const NAME: &'static str = "trial.huge";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Counts its runs, for holders of a token of one issuer.
///
/// Capability `trial.issuer_only` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_issuer_only {}
impl ::hecate_om::call::Callable for trial_issuer_only {
    const NAME: &'static str = "trial.issuer_only";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = true;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Measures a word.
///
/// Capability `trial.measure` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_measure {}
impl ::hecate_om::call::Callable for trial_measure {
    const NAME: &'static str = "trial.measure";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"null\",\"type\":\"null\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::string::String;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ();
}
/// Counts its runs, for members of the realm with the permission.
///
/// Capability `trial.members` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_members {}
impl ::hecate_om::call::Callable for trial_members {
    const NAME: &'static str = "trial.members";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = true;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Never responds, until its timeout.
///
/// Capability `trial.never` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_never {}
impl ::hecate_om::call::Callable for trial_never {
    const NAME: &'static str = "trial.never";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
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
/// Records the number and returns it.
///
/// Capability `trial.note` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_note {}
impl ::hecate_om::call::Callable for trial_note {
    const NAME: &'static str = "trial.note";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = u64;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Returns the given texts by their numbers.
///
/// Capability `trial.numbered` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_numbered {}
impl ::hecate_om::call::Callable for trial_numbered {
    const NAME: &'static str = "trial.numbered";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":false,\"patternProperties\":{\"^\\\\d+$\":{\"type\":\"string\"}},\"title\":\"Map_from_uint64_to_string\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"additionalProperties\":false,\"patternProperties\":{\"^\\\\d+$\":{\"type\":\"string\"}},\"title\":\"Map_from_uint64_to_string\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::collections::BTreeMap<u64, ::std::string::String>;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::collections::BTreeMap<u64, ::std::string::String>;
}
/// Opens the gate for this many calls.
///
/// Capability `trial.open_gate` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_open_gate {}
impl ::hecate_om::call::Callable for trial_open_gate {
    const NAME: &'static str = "trial.open_gate";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint32\",\"minimum\":0,\"title\":\"uint32\",\"type\":\"integer\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"null\",\"type\":\"null\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = u32;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ();
}
/// Panics.
///
/// Capability `trial.panic` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_panic {}
impl ::hecate_om::call::Callable for trial_panic {
    const NAME: &'static str = "trial.panic";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::string::String;
}
/// Publishes that an order was placed, and waits until a station's link has the fact.
///
/// Capability `trial.place` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_place {}
impl ::hecate_om::call::Callable for trial_place {
    const NAME: &'static str = "trial.place";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"An order to place.\",\"properties\":{\"id\":{\"description\":\"Id of the fact; the default is a new one.\",\"type\":[\"string\",\"null\"]},\"order\":{\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"order\"],\"title\":\"PlaceOrder\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"null\",\"type\":\"null\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::PlaceOrder;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ();
}
/// Publishes a fact.
///
/// Capability `trial.publish` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_publish {}
impl ::hecate_om::call::Callable for trial_publish {
    const NAME: &'static str = "trial.publish";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A fact to publish.\",\"properties\":{\"fact\":true,\"topic\":{\"type\":\"string\"},\"wait\":{\"description\":\"Whether the response waits until the fact was sent.\",\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"}},\"required\":[\"topic\",\"fact\",\"wait\"],\"title\":\"PublishRequest\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"null\",\"type\":\"null\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::PublishRequest;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ();
}
/// Returns the received facts, in order.
///
/// Capability `trial.received` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_received {}
impl ::hecate_om::call::Callable for trial_received {
    const NAME: &'static str = "trial.received";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"items\":{\"type\":\"string\"},\"title\":\"Array_of_string\",\"type\":\"array\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::vec::Vec<::std::string::String>;
}
/// Counts and notes a run, once for each key of its requests.
///
/// Capability `trial.record_once` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_record_once {}
impl ::hecate_om::call::Callable for trial_record_once {
    const NAME: &'static str = "trial.record_once";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"The run to count.\",\"properties\":{\"held\":{\"description\":\"Whether the run ends only after its key was released.\",\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"key\":{\"type\":\"string\"}},\"required\":[\"key\",\"held\"],\"title\":\"Run\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Run;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Counts and notes a run, once for each key of its requests, even if the service restarts.
///
/// Capability `trial.record_once_ever` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_record_once_ever {}
impl ::hecate_om::call::Callable for trial_record_once_ever {
    const NAME: &'static str = "trial.record_once_ever";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"The run to count.\",\"properties\":{\"held\":{\"description\":\"Whether the run ends only after its key was released.\",\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"key\":{\"type\":\"string\"}},\"required\":[\"key\",\"held\"],\"title\":\"Run\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Run;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Counts a run, and returns the number of runs with its key so far.
///
/// Capability `trial.record_run` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_record_run {}
impl ::hecate_om::call::Callable for trial_record_run {
    const NAME: &'static str = "trial.record_run";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"The run to count.\",\"properties\":{\"held\":{\"description\":\"Whether the run ends only after its key was released.\",\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"key\":{\"type\":\"string\"}},\"required\":[\"key\",\"held\"],\"title\":\"Run\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Run;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Refuses with a time to retry after.
///
/// Capability `trial.refuse` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_refuse {}
impl ::hecate_om::call::Callable for trial_refuse {
    const NAME: &'static str = "trial.refuse";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"null\",\"type\":\"null\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::string::String;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ();
}
/// Ends the held runs with the key, and lets later ones end at once.
///
/// Capability `trial.release` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_release {}
impl ::hecate_om::call::Callable for trial_release {
    const NAME: &'static str = "trial.release";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"null\",\"type\":\"null\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::string::String;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ();
}
/// Returns the time until the deadline of the call, in milliseconds.
///
/// Capability `trial.remaining` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_remaining {}
impl ::hecate_om::call::Callable for trial_remaining {
    const NAME: &'static str = "trial.remaining";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Returns how often `trial.record_run` ran with the key.
///
/// Capability `trial.run_count` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_run_count {}
impl ::hecate_om::call::Callable for trial_run_count {
    const NAME: &'static str = "trial.run_count";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::string::String;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Returns how many calls that sleep for this many milliseconds are in progress.
///
/// Capability `trial.running` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_running {}
impl ::hecate_om::call::Callable for trial_running {
    const NAME: &'static str = "trial.running";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = u64;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Searches another service's corpus.
///
/// Capability `trial.search` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_search {}
impl ::hecate_om::call::Callable for trial_search {
    const NAME: &'static str = "trial.search";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"FoundChunk\":{\"description\":\"A chunk that matches.\",\"properties\":{\"excerpt\":{\"description\":\"The part of the text that matches best, at most 240 bytes.\",\"type\":\"string\"},\"heading\":{\"description\":\"The headings above the chunk, outermost first.\",\"type\":\"string\"},\"id\":{\"description\":\"The id, by which `rag.get_chunk_by_id` returns the whole text.\",\"type\":\"string\"},\"score\":{\"description\":\"How well the chunk matches. Scores of different searches are not comparable.\",\"format\":\"double\",\"type\":\"number\"},\"source\":{\"description\":\"The document's name.\",\"type\":\"string\"}},\"required\":[\"id\",\"source\",\"heading\",\"excerpt\",\"score\"],\"type\":\"object\"}},\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"The chunks that match.\",\"properties\":{\"chunks\":{\"description\":\"The chunks, best first.\",\"items\":{\"$ref\":\"#/$defs/FoundChunk\"},\"type\":\"array\"}},\"required\":[\"chunks\"],\"title\":\"ChunksFound\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::string::String;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::ChunksFound;
}
/// Shares this many bytes, which repeat the values from 0 to 250, until `trial.unshare` is called.
///
/// Capability `trial.share` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_share {}
impl ::hecate_om::call::Callable for trial_share {
    const NAME: &'static str = "trial.share";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint32\",\"minimum\":0,\"title\":\"uint32\",\"type\":\"integer\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"macula-content-id\",\"pattern\":\"^025[56][0-9a-f]{96}$\",\"title\":\"Content\",\"type\":\"string\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = u32;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::string::String;
}
/// Shares a document for a minute.
///
/// Capability `trial.share_document` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_share_document {}
impl ::hecate_om::call::Callable for trial_share_document {
    const NAME: &'static str = "trial.share_document";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A document, or a part of one.\",\"examples\":[{\"pages\":3,\"public\":1,\"tags\":[\"sea\"],\"title\":\"Tides\"}],\"properties\":{\"note\":{\"default\":null,\"type\":[\"string\",\"null\"]},\"pages\":{\"format\":\"uint32\",\"minimum\":0,\"type\":\"integer\"},\"public\":{\"description\":\"Whether everyone may read the document.\",\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"tags\":{\"items\":{\"type\":\"string\"},\"type\":\"array\"},\"title\":{\"type\":\"string\"}},\"required\":[\"title\",\"public\",\"pages\",\"tags\"],\"title\":\"Document\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"macula-content-id\",\"pattern\":\"^025[56][0-9a-f]{96}$\",\"title\":\"Content\",\"type\":\"string\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Document;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::string::String;
}
/// Echoes each word in capitals, up to `stop`.
///
/// Capability `trial.shout` of `hecate-trial`, version 1, bidirectional.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_shout {}
impl ::hecate_om::call::Callable for trial_shout {
    const NAME: &'static str = "trial.shout";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
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
        inbound: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
    };
    type Kind = ::hecate_om::call::kind::Bidirectional;
    type Request = ::std::string::String;
    type Inbound = ::std::string::String;
    type Response = ::std::string::String;
}
/// Responds after this many milliseconds.
///
/// Capability `trial.sleep` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_sleep {}
impl ::hecate_om::call::Callable for trial_sleep {
    const NAME: &'static str = "trial.sleep";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = u64;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Accepts at most 64 bytes.
///
/// Capability `trial.small` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_small {}
impl ::hecate_om::call::Callable for trial_small {
    const NAME: &'static str = "trial.small";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::string::String;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Returns the progress of the streams with the key.
///
/// Capability `trial.streamed` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_streamed {}
impl ::hecate_om::call::Callable for trial_streamed {
    const NAME: &'static str = "trial.streamed";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"The progress of the streams with one key.\",\"properties\":{\"cancelled\":{\"description\":\"Streams whose spawned tasks were notified of the cancellation.\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"items\":{\"description\":\"Items that the handler has produced or received.\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"open\":{\"description\":\"Streams whose handler is running.\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"items\",\"open\",\"cancelled\"],\"title\":\"Progress\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::string::String;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Progress;
}
/// Returns the sum of the received numbers, once its key is released.
///
/// Capability `trial.sum` of `hecate-trial`, version 1, client streaming.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_sum {}
impl ::hecate_om::call::Callable for trial_sum {
    const NAME: &'static str = "trial.sum";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"A number to add.\",\"properties\":{\"number\":{\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"},\"padding\":{\"type\":\"string\"}},\"required\":[\"number\",\"padding\"],\"title\":\"Number\",\"type\":\"object\"}",
        ),
    };
    type Kind = ::hecate_om::call::kind::ClientStreaming;
    type Request = ::std::string::String;
    type Inbound = definitions::Number;
    type Response = u64;
}
/// Returns the given text.
///
/// Capability `trial.text` of `hecate-trial`, version 1, unary.
#[deprecated(since = "0.1.0", note = "use trial.text version 2")]
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_text {}
#[allow(deprecated)]
impl ::hecate_om::call::Callable for trial_text {
    const NAME: &'static str = "trial.text";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
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
/// Returns the given text in capitals: the second version.
///
/// Capability `trial.text` of `hecate-trial`, version 2, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_text_v2 {}
impl ::hecate_om::call::Callable for trial_text_v2 {
    const NAME: &'static str = "trial.text";
    const VERSION: u32 = 2u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
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
/// Returns whether an open capability sees claims.
///
/// Capability `trial.unclaimed` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_unclaimed {}
impl ::hecate_om::call::Callable for trial_unclaimed {
    const NAME: &'static str = "trial.unclaimed";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"enum\":[0,1],\"format\":\"boolean\",\"title\":\"boolean\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = bool;
}
/// Stops sharing all contents.
///
/// Capability `trial.unshare` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_unshare {}
impl ::hecate_om::call::Callable for trial_unshare {
    const NAME: &'static str = "trial.unshare";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
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
/// Waits at the gate, one call at a time.
///
/// Capability `trial.wait_at_gate` of `hecate-trial`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_wait_at_gate {}
impl ::hecate_om::call::Callable for trial_wait_at_gate {
    const NAME: &'static str = "trial.wait_at_gate";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = u64;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Sends one item and then nothing, and counts the cancellation of its spawned task.
///
/// Capability `trial.watch` of `hecate-trial`, version 1, server streaming.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum trial_watch {}
impl ::hecate_om::call::Callable for trial_watch {
    const NAME: &'static str = "trial.watch";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-trial");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"title\":\"uint64\",\"type\":\"integer\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::ServerStreaming;
    type Request = ::std::string::String;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = u64;
}
/// Types of requests and responses, in one module per capability.
///
/// The names in a module do not depend on other capabilities. A type that several
/// capabilities share is one Rust type.
pub mod types {
    /// Types of `trial.author`.
    pub mod trial_author {
        pub use super::super::definitions::{AssertedNote, OwnershipProof, Proof};
    }
    /// Types of `trial.call_record_run`.
    pub mod trial_call_record_run {
        pub use super::super::definitions::{RemoteRun, Run};
    }
    /// Types of `trial.call_with_permission`.
    pub mod trial_call_with_permission {
        pub use super::super::definitions::OutgoingCall;
    }
    /// Types of `trial.claims`.
    pub mod trial_claims {
        pub use super::super::definitions::ReceivedClaims;
    }
    /// Types of `trial.count_and_fail`.
    pub mod trial_count_and_fail {
        pub use super::super::definitions::End;
    }
    /// Types of `trial.count_to`.
    pub mod trial_count_to {
        pub use super::super::definitions::{Count, Counted};
    }
    /// Types of `trial.digest`.
    pub mod trial_digest {
        pub use super::super::definitions::{FetchReport, FetchRequest};
    }
    /// Types of `trial.document`.
    pub mod trial_document {
        pub use super::super::definitions::Document;
    }
    /// Types of `trial.fetch_document`.
    pub mod trial_fetch_document {
        pub use super::super::definitions::Document;
    }
    /// Types of `trial.place`.
    pub mod trial_place {
        pub use super::super::definitions::PlaceOrder;
    }
    /// Types of `trial.publish`.
    pub mod trial_publish {
        pub use super::super::definitions::PublishRequest;
    }
    /// Types of `trial.record_once`.
    pub mod trial_record_once {
        pub use super::super::definitions::Run;
    }
    /// Types of `trial.record_once_ever`.
    pub mod trial_record_once_ever {
        pub use super::super::definitions::Run;
    }
    /// Types of `trial.record_run`.
    pub mod trial_record_run {
        pub use super::super::definitions::Run;
    }
    /// Types of `trial.search`.
    pub mod trial_search {
        pub use super::super::definitions::{ChunksFound, FoundChunk};
    }
    /// Types of `trial.share_document`.
    pub mod trial_share_document {
        pub use super::super::definitions::Document;
    }
    /// Types of `trial.streamed`.
    pub mod trial_streamed {
        pub use super::super::definitions::Progress;
    }
    /// Types of `trial.sum`.
    pub mod trial_sum {
        pub use super::super::definitions::Number;
    }
}
/// Facts that the service publishes: take one in a handler with `#[hecate_om::subscribe]`.
pub mod facts {
    /// An order was placed.
    ///
    /// Fact `hecate-trial/trial/placed_v1` of `hecate-trial`.
    pub use super::definitions::PlacedV1;
    impl ::hecate_om::fact::Fact for super::definitions::PlacedV1 {
        const TOPIC: &'static str = "hecate-trial/trial/placed_v1";
    }
    impl ::hecate_om::JsonSchema for super::definitions::PlacedV1 {
        fn schema_name() -> ::std::borrow::Cow<'static, str> {
            "PlacedV1".into()
        }
        fn inline_schema() -> bool {
            true
        }
        fn json_schema(
            _: &mut ::hecate_om::schemars::SchemaGenerator,
        ) -> ::hecate_om::schemars::Schema {
            ::hecate_om::call::Schemas::parse(
                    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"description\":\"An order was placed.\",\"properties\":{\"express\":{\"default\":0,\"description\":\"Added later, so that it has a default.\",\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"order\":{\"format\":\"uint64\",\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"}},\"required\":[\"order\"],\"title\":\"Placed\",\"type\":\"object\"}",
                )
                .unwrap_or_default()
        }
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
    /// A note of a node.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct AssertedNote {
        pub asserted_by: OwnershipProof,
        pub text: ::std::string::String,
    }
    /// The chunks that match.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct ChunksFound {
        /// The chunks, best first.
        pub chunks: ::std::vec::Vec<FoundChunk>,
    }
    /// The range and the size of the items to count.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Count {
        pub key: ::std::string::String,
        /// The number of additional bytes in each item.
        #[serde(default)]
        pub padding: u64,
        pub to: u64,
    }
    /// A counted number.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Counted {
        pub number: u64,
        pub padding: ::std::string::String,
    }
    /// A document, or a part of one.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Document {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub note: ::std::option::Option<::std::string::String>,
        pub pages: u32,
        /// Whether everyone may read the document.
        pub public: bool,
        pub tags: ::std::vec::Vec<::std::string::String>,
        pub title: ::std::string::String,
    }
    /// End of a count.
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
    pub enum End {
        /// Refused before the first item.
        Refused,
        /// Refused after three items.
        RefusedLate,
        /// With a panic after three items.
        Panics,
        /// Not at all, after three items.
        Hangs,
    }
    impl ::std::fmt::Display for End {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Refused => f.write_str("Refused"),
                Self::RefusedLate => f.write_str("RefusedLate"),
                Self::Panics => f.write_str("Panics"),
                Self::Hangs => f.write_str("Hangs"),
            }
        }
    }
    impl ::std::str::FromStr for End {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "Refused" => Ok(Self::Refused),
                "RefusedLate" => Ok(Self::RefusedLate),
                "Panics" => Ok(Self::Panics),
                "Hangs" => Ok(Self::Hangs),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for End {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for End {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// A fetched content.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct FetchReport {
        pub bytes: u64,
        /// The number of received bytes at each report of progress.
        pub progress: ::std::vec::Vec<u64>,
        pub sha256: ::std::string::String,
    }
    /// A content to fetch.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct FetchRequest {
        pub content: ::std::string::String,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub max_bytes: ::std::option::Option<u64>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub timeout_ms: ::std::option::Option<u64>,
    }
    /// A chunk that matches.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct FoundChunk {
        /// The part of the text that matches best, at most 240 bytes.
        pub excerpt: ::std::string::String,
        /// The headings above the chunk, outermost first.
        pub heading: ::std::string::String,
        /// The id, by which `rag.get_chunk_by_id` returns the whole text.
        pub id: ::std::string::String,
        /// How well the chunk matches. Scores of different searches are not comparable.
        pub score: f64,
        /// The document's name.
        pub source: ::std::string::String,
    }
    /// A number to add.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Number {
        pub number: u64,
        pub padding: ::std::string::String,
    }
    /// A call for the service to make.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct OutgoingCall {
        /// The permission to call with; without one, the runtime chooses.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub permission: ::std::option::Option<::std::string::String>,
        pub procedure: ::std::string::String,
        pub timeout_ms: u64,
    }
    /// Proof that a node authorized a request: the entry `asserted_by` of the request.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct OwnershipProof {
        /// Id of the node that authorized the request, as hex digits.
        pub identity: ::std::string::String,
        /// The signature.
        pub proof: Proof,
    }
    /// An order to place.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct PlaceOrder {
        /// Id of the fact; the default is a new one.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub id: ::std::option::Option<::std::string::String>,
        pub order: u64,
    }
    /// An order was placed.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct PlacedV1 {
        /// Added later, so that it has a default.
        #[serde(default)]
        pub express: bool,
        pub order: u64,
    }
    /// The progress of the streams with one key.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Progress {
        /// Streams whose spawned tasks were notified of the cancellation.
        pub cancelled: u64,
        /// Items that the handler has produced or received.
        pub items: u64,
        /// Streams whose handler is running.
        pub open: u64,
    }
    /// A signature over the request, the procedure, the realm, a time and a nonce.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Proof {
        /// 16 random bytes, as hex digits.
        pub nonce: ::std::string::String,
        /// The node's public key, as hex digits.
        pub public: ::std::string::String,
        /// The signature, as hex digits.
        pub signature: ::std::string::String,
        /// Time of the signature, in Unix milliseconds.
        pub timestamp: i64,
        /// Version: 2.
        pub v: u8,
    }
    /// A fact to publish.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct PublishRequest {
        pub fact: ::serde_json::Value,
        pub topic: ::std::string::String,
        /// Whether the response waits until the fact was sent.
        pub wait: bool,
    }
    /// The contents of a token.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct ReceivedClaims {
        pub audience: ::std::string::String,
        pub capabilities: ::std::vec::Vec<
            (::std::string::String, ::std::string::String),
        >,
        pub expires_at: u64,
        pub issuer: ::std::string::String,
    }
    /// A call of another service's `trial.record_run`, with its options.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct RemoteRun {
        pub idempotent: bool,
        pub org: ::std::string::String,
        pub run: Run,
        pub timeout_ms: u64,
    }
    /// The run to count.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Run {
        /// Whether the run ends only after its key was released.
        pub held: bool,
        pub key: ::std::string::String,
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
