//! Texts for absent parameters: five wordings, by where the parameter is read (`spec/http-naming-core` §3;
//! recorded: `ns1-instance-missing-params`, `ns1-service-errors`, `ns2-instance-errors` on 2.5.1,
//! `nsp-v3-admin-refused` on 3.1).

/// v1 naming, parameters that the code fetches: `Param 'ip' is required.`
pub fn required(name: &str) -> String {
    format!("Param '{name}' is required.")
}

/// v1 naming, parameters that the framework binds: `Parameter 'serviceName' is missing`.
pub fn parameter(name: &str) -> String {
    format!("Parameter '{name}' is missing")
}

/// v2 and v3, fields of a form: `Required parameter 'ip' type String is not present`.
pub fn form_field(name: &str, kind: &str) -> String {
    format!("Required parameter '{name}' type {kind} is not present")
}

/// v2 and v3, single parameters: `Required request parameter 'dataId' for method parameter type String is not
/// present`.
pub fn request_parameter(name: &str, kind: &str) -> String {
    format!("Required request parameter '{name}' for method parameter type {kind} is not present")
}

/// v3 namespaces: `required parameter 'namespaceName' is missing`.
pub fn namespace_field(name: &str) -> String {
    format!("required parameter '{name}' is missing")
}
