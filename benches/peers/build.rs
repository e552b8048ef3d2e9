//! Generates the gRPC service, without `protoc`.

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let echo = Method::builder()
        .name("echo")
        .route_name("Echo")
        .input_type("crate::grpc::Text")
        .output_type("crate::grpc::Text")
        .codec_path("tonic_prost::ProstCodec")
        .build();
    let service = Service::builder()
        .name("Echo")
        .package("bench")
        .method(echo);
    Builder::new().compile(&[service.build()]);
}
