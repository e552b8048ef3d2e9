use super::*;

fn collision(service: &str, prefix: Option<&str>, name: &'static str, env: &[&str]) -> String {
    let written = WrittenType {
        is_secret: false,
        is_optional: false,
    };
    let fields = [SettingField::value::<u32>(name, "", None, written)];
    let panic = std::panic::catch_unwind(|| refuse_collisions(service, prefix, &fields, env));
    match panic {
        Ok(()) => String::new(),
        Err(panic) => panic.downcast_ref::<String>().unwrap().clone(),
    }
}

#[test]
fn a_flag_of_the_framework_is_refused() {
    for name in [
        "health_port",
        "org",
        "macula_station_seeds",
        "config",
        "help",
        "Log",
    ] {
        let text = collision("hecate-rag", None, name, &[]);
        let flag = name.replace('_', "-");
        assert!(
            text.contains(&format!("hecate-om, `--{flag}`: rename")),
            "{text}"
        );
    }
    for name in ["health_ports", "port", "top_k"] {
        assert_eq!(collision("hecate-rag", None, name, &[]), "");
    }
}

#[test]
fn a_prefix_of_the_framework_is_refused() {
    for service in [
        "hecate",
        "hecate-hecate",
        "hecate-macula.station",
        "macula_x",
        "3d",
    ] {
        let text = collision(service, None, "top_k", &[]);
        assert!(text.contains("#[settings(prefix"), "{service}: {text}");
        assert_eq!(collision(service, Some("RAG_"), "top_k", &[]), "");
    }
    assert_eq!(collision("hecate-maculate", None, "top_k", &[]), "");
}

#[test]
fn a_variable_that_is_also_in_env_is_refused() {
    let env = ["RAG_URL", "RAG_TOP_K"];
    let text = collision("hecate-rag", None, "top_k", &env);
    assert!(text.contains("`RAG_TOP_K`: remove it from `env`"), "{text}");
    assert_ne!(collision("x", Some("RAG_"), "top_k", &env), "");
    assert_eq!(collision("hecate-rag-x", None, "top_k", &env), "");
}
