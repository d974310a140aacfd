//! The error codes of v2 and v3 answers, with their fixed texts (`spec/http-naming-core` §3.5,
//! `spec/http-config-auth` §4.1).

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal $text:literal,)*) => {
        /// An error code of the `Result` envelope.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)*
        }

        impl ErrorCode {
            /// `code` on the wire.
            pub fn number(self) -> u32 {
                match self {
                    $(Self::$name => $number,)*
                }
            }

            /// `message` on the wire.
            pub fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

error_codes! {
    ParameterMissing = 10000 "parameter missing",
    AccessDenied = 10001 "access denied",
    DataAccessError = 10002 "data access error",
    TenantParamError = 20001 "'tenant' parameter error",
    ParameterValidateError = 20002 "parameter validate error",
    MediaTypeError = 20003 "MediaType Error",
    ResourceNotFound = 20004 "resource not found",
    ResourceConflict = 20005 "resource conflict",
    ConfigListenerIsNull = 20006 "config listener is null",
    ConfigListenerError = 20007 "config listener error",
    InvalidDataId = 20008 "invalid dataId",
    ParameterMismatch = 20009 "parameter mismatch",
    /// The doubled word is on the wire.
    ConfigGrayOverMaxVersionCount = 20010 "config gray version version over max count",
    ConfigGrayRuleFormatInvalid = 20011 "config gray rule format invalid",
    ConfigGrayVersionInvalid = 20012 "config gray rule version invalid",
    ConfigGrayNameUnrecognizedError = 20013 "config gray name not recognized",
    OverClusterQuota = 5031 "cluster capacity reach quota",
    OverGroupQuota = 5032 "group capacity reach quota",
    OverTenantQuota = 5033 "tenant capacity reach quota",
    OverMaxSize = 5034 "config content size is over limit",
    ServiceNameError = 21000 "service name error",
    WeightError = 21001 "weight error",
    InstanceMetadataError = 21002 "instance metadata error",
    InstanceNotFound = 21003 "instance not found",
    InstanceError = 21004 "instance error",
    ServiceMetadataError = 21005 "service metadata error",
    SelectorError = 21006 "selector error",
    ServiceAlreadyExist = 21007 "service already exist",
    ServiceNotExist = 21008 "service not exist",
    ServiceDeleteFailure = 21009 "service delete failure",
    HealthyParamMiss = 21010 "healthy param miss",
    HealthCheckStillRunning = 21011 "health check still running",
    IllegalNamespace = 22000 "illegal namespace",
    NamespaceNotExist = 22001 "namespace not exist",
    NamespaceAlreadyExist = 22002 "namespace already exist",
    IllegalState = 23000 "illegal state",
    NodeInfoError = 23001 "node info error",
    NodeDownFailure = 23002 "node down failure",
    ServerError = 30000 "server error",
    ApiDeprecated = 40000 "API deprecated.",
    ApiFunctionDisabled = 40001 "API function disabled.",
    MetadataIllegal = 100002 "Imported metadata is invalid",
    DataValidationFailed = 100003 "No valid data was read",
    ParsingDataFailed = 100004 "Failed to parse data",
    DataEmpty = 100005 "Imported file data is empty",
    NoSelectedConfig = 100006 "No configuration selected",
}
