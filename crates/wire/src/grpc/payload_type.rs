//! The names of all payloads of the protocol, with who sends them and what answers them (`spec/grpc-payloads`).

/// The `module` that a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Module {
    Internal,
    Config,
    Naming,
    Lock,
    Ai,
    Cluster,
}

impl Module {
    /// The word on the wire.
    pub fn as_word(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Config => "config",
            Self::Naming => "naming",
            Self::Lock => "lock",
            Self::Ai => "ai",
            Self::Cluster => "cluster",
        }
    }
}

/// How a payload travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exchange {
    /// Unary request of a client (or of a member acting as one).
    Call,
    /// Unary request that only members send: refused on the client port.
    MemberCall,
    /// First message of a client on its stream.
    Setup,
    /// Request of the server on the stream.
    Push,
    /// Answers one of the others.
    Answer,
    /// Known by name, sent by nobody, handled by nobody.
    Unused,
}

macro_rules! payload_types {
    ($($name:ident: $module:ident $exchange:ident $(=> $answer:ident)?,)*) => {
        /// A payload by its type name, which is case-sensitive.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum PayloadType {
            $($name,)*
        }

        impl PayloadType {
            /// Every payload type.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The type of that name; none for a name that the protocol does not know.
            pub fn from_name(name: &str) -> Option<Self> {
                Some(match name {
                    $(stringify!($name) => Self::$name,)*
                    _ => return None,
                })
            }

            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            pub fn module(self) -> Module {
                match self {
                    $(Self::$name => Module::$module,)*
                }
            }

            pub fn exchange(self) -> Exchange {
                match self {
                    $(Self::$name => Exchange::$exchange,)*
                }
            }

            /// What answers a request; none for answers and for requests that get none.
            pub fn answer(self) -> Option<Self> {
                match self {
                    $(Self::$name => payload_types!(@answer $($answer)?),)*
                }
            }
        }
    };
    (@answer) => { None };
    (@answer $answer:ident) => { Some(Self::$answer) };
}

payload_types! {
    ServerCheckRequest: Internal Call => ServerCheckResponse,
    ServerCheckResponse: Internal Answer,
    ConnectionSetupRequest: Internal Setup,
    SetupAckRequest: Internal Push,
    SetupAckResponse: Internal Answer,
    HealthCheckRequest: Internal Call => HealthCheckResponse,
    HealthCheckResponse: Internal Answer,
    ClientDetectionRequest: Internal Push => ClientDetectionResponse,
    ClientDetectionResponse: Internal Answer,
    ConnectResetRequest: Internal Push => ConnectResetResponse,
    ConnectResetResponse: Internal Answer,
    PushAckRequest: Internal Unused,
    ServerLoaderInfoRequest: Internal MemberCall => ServerLoaderInfoResponse,
    ServerLoaderInfoResponse: Internal Answer,
    ServerReloadRequest: Internal MemberCall => ServerReloadResponse,
    ServerReloadResponse: Internal Answer,
    ErrorResponse: Internal Answer,

    InstanceRequest: Naming Call => InstanceResponse,
    InstanceResponse: Naming Answer,
    BatchInstanceRequest: Naming Call => BatchInstanceResponse,
    BatchInstanceResponse: Naming Answer,
    PersistentInstanceRequest: Naming Call => InstanceResponse,
    ServiceQueryRequest: Naming Call => QueryServiceResponse,
    QueryServiceResponse: Naming Answer,
    SubscribeServiceRequest: Naming Call => SubscribeServiceResponse,
    SubscribeServiceResponse: Naming Answer,
    ServiceListRequest: Naming Call => ServiceListResponse,
    ServiceListResponse: Naming Answer,
    NotifySubscriberRequest: Naming Push => NotifySubscriberResponse,
    NotifySubscriberResponse: Naming Answer,
    NamingFuzzyWatchRequest: Naming Call => NamingFuzzyWatchResponse,
    NamingFuzzyWatchResponse: Naming Answer,
    NamingFuzzyWatchSyncRequest: Naming Push => NamingFuzzyWatchSyncResponse,
    NamingFuzzyWatchSyncResponse: Naming Answer,
    NamingFuzzyWatchChangeNotifyRequest: Naming Push => NamingFuzzyWatchChangeNotifyResponse,
    NamingFuzzyWatchChangeNotifyResponse: Naming Answer,

    ConfigQueryRequest: Config Call => ConfigQueryResponse,
    ConfigQueryResponse: Config Answer,
    ConfigPublishRequest: Config Call => ConfigPublishResponse,
    ConfigPublishResponse: Config Answer,
    ConfigRemoveRequest: Config Call => ConfigRemoveResponse,
    ConfigRemoveResponse: Config Answer,
    ConfigBatchListenRequest: Config Call => ConfigChangeBatchListenResponse,
    ConfigChangeBatchListenResponse: Config Answer,
    ConfigChangeNotifyRequest: Config Push => ConfigChangeNotifyResponse,
    ConfigChangeNotifyResponse: Config Answer,
    ClientConfigMetricRequest: Config Push => ClientConfigMetricResponse,
    ClientConfigMetricResponse: Config Answer,
    ConfigFuzzyWatchRequest: Config Call => ConfigFuzzyWatchResponse,
    ConfigFuzzyWatchResponse: Config Answer,
    ConfigFuzzyWatchSyncRequest: Config Push => ConfigFuzzyWatchSyncResponse,
    ConfigFuzzyWatchSyncResponse: Config Answer,
    ConfigFuzzyWatchChangeNotifyRequest: Config Push => ConfigFuzzyWatchChangeNotifyResponse,
    ConfigFuzzyWatchChangeNotifyResponse: Config Answer,
    ConfigChangeClusterSyncRequest: Config MemberCall => ConfigChangeClusterSyncResponse,
    ConfigChangeClusterSyncResponse: Config Answer,

    LockOperationRequest: Lock Call => LockOperationResponse,
    LockOperationResponse: Lock Answer,

    QueryMcpServerRequest: Ai Call => QueryMcpServerResponse,
    QueryMcpServerResponse: Ai Answer,
    ReleaseMcpServerRequest: Ai Call => ReleaseMcpServerResponse,
    ReleaseMcpServerResponse: Ai Answer,
    McpServerEndpointRequest: Ai Call => McpServerEndpointResponse,
    McpServerEndpointResponse: Ai Answer,
    AgentEndpointRequest: Ai Call => AgentEndpointResponse,
    AgentEndpointResponse: Ai Answer,
    BatchAgentEndpointRequest: Ai Call => AgentEndpointResponse,
    QueryAgentCardRequest: Ai Call => QueryAgentCardResponse,
    QueryAgentCardResponse: Ai Answer,
    ReleaseAgentCardRequest: Ai Call => ReleaseAgentCardResponse,
    ReleaseAgentCardResponse: Ai Answer,
    QueryPromptRequest: Ai Call => QueryPromptResponse,
    QueryPromptResponse: Ai Answer,

    MemberReportRequest: Cluster MemberCall => MemberReportResponse,
    MemberReportResponse: Cluster Answer,
    DistroDataRequest: Cluster MemberCall => DistroDataResponse,
    DistroDataResponse: Cluster Answer,
}

impl PayloadType {
    /// Whether the client port refuses it (`spec/grpc` §4 step 1).
    pub fn is_cluster_only(self) -> bool {
        self.exchange() == Exchange::MemberCall
    }

    /// Whether it answers a request; on a client's stream it acknowledges a push.
    pub fn is_answer(self) -> bool {
        self.exchange() == Exchange::Answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_type() {
        for &payload in PayloadType::ALL {
            assert_eq!(PayloadType::from_name(payload.name()), Some(payload));
        }
        assert_eq!(PayloadType::from_name("instancerequest"), None);
    }

    #[test]
    fn only_answers_answer() {
        for payload in PayloadType::ALL {
            assert!(payload.answer().is_none_or(PayloadType::is_answer), "{payload:?}");
            assert_eq!(payload.is_answer(), payload.name().ends_with("Response"), "{payload:?}");
        }
    }

    #[test]
    fn five_types_are_for_members_only() {
        let names: Vec<_> =
            PayloadType::ALL.iter().filter(|payload| payload.is_cluster_only()).map(|p| p.name()).collect();
        assert_eq!(
            names,
            [
                "ServerLoaderInfoRequest",
                "ServerReloadRequest",
                "ConfigChangeClusterSyncRequest",
                "MemberReportRequest",
                "DistroDataRequest",
            ]
        );
    }
}
