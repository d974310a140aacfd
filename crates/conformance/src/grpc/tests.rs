use std::convert::Infallible;

use futures_util::StreamExt;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use tokio::net::TcpListener;

use super::*;

/// Answers a unary request with its own type and body, `Fail` with a gRPC error; pushes `NotifyRequest` once on the
/// stream and gives back each message of the client as a push `EchoRequest`, `Bye` excepted, which ends the stream.
async fn answer(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let is_unary = request.uri().path() == UNARY_PATH;
    let mut trailers = hyper::HeaderMap::new();
    trailers.insert("grpc-status", 0.into());
    if is_unary {
        let mut frames = Frames::default();
        frames.extend(&request.into_body().collect().await.unwrap().to_bytes());
        let message = frames.take().unwrap();
        if payload::decode(&message).unwrap().0 == "Fail" {
            return Ok(Response::builder()
                .header("grpc-status", 12)
                .body(Full::default().boxed_unsync())
                .unwrap());
        }
        let body = Full::new(framed(&message)).with_trailers(async move { Some(Ok(trailers)) });
        return Ok(Response::new(body.boxed_unsync()));
    }
    let hello = framed(&Message::new("NotifyRequest", r#"{"requestId": "7"}"#).encode());
    let echoes = request.into_body().into_data_stream().map(|data| {
        let mut frames = Frames::default();
        frames.extend(&data.unwrap());
        payload::decode(&frames.take().unwrap()).unwrap()
    });
    let echoes = echoes.take_while(|(kind, _)| std::future::ready(kind != "Bye")).map(|(kind, body)| {
        let echo = Json::object([("kind", kind.into()), ("body", body)]);
        framed(&Message::new("EchoRequest", &echo.to_ascii()).encode())
    });
    let pushes =
        futures_util::stream::once(async move { hello }).chain(echoes).map(|bytes| Ok(Frame::data(bytes)));
    Ok(Response::new(StreamBody::new(pushes).with_trailers(async move { Some(Ok(trailers)) }).boxed_unsync()))
}

async fn serve(listener: TcpListener) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let connection = http2::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(stream), service_fn(answer));
        connections.spawn(async move { connection.await.ok() });
    }
}

/// Opens a connection to such a server and gives it to the test.
fn with_connection<F: AsyncFnOnce(GrpcConnection)>(setup: Option<&str>, test: F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut server = JoinSet::new();
        server.spawn(serve(listener));
        let spec = Connect {
            name: "c".to_owned(),
            setup: setup.map(|text| Json::parse(text).unwrap()),
            client_ip: "10.0.0.1".to_owned(),
            settle: Duration::ZERO,
            acknowledges: true,
        };
        let (connection, check) = GrpcConnection::open("127.0.0.1", port, &spec).await.unwrap();
        assert_eq!(check.to_unicode(), r#"{"type": "ServerCheckRequest", "body": {}}"#);
        test(connection).await;
    });
}

fn call(kind: &str, body: &str) -> Call {
    Call { on: "c".to_owned(), kind: kind.to_owned(), body: body.to_owned(), headers: Vec::new() }
}

async fn push(connection: &GrpcConnection, kind: &str) -> Vec<String> {
    let found = connection.inbox().take(kind, Duration::from_millis(300)).await;
    found.iter().map(Json::to_unicode).collect()
}

#[test]
fn unary_answer_has_type_and_body() {
    with_connection(None, async |mut connection| {
        let answer = connection.call(&call("Any", r#"{"a": "é"}"#)).await.unwrap();
        assert_eq!(answer.to_unicode(), r#"{"type": "Any", "body": {"a": "é"}}"#);
    });
}

#[test]
fn grpc_error_is_an_answer() {
    with_connection(None, async |mut connection| {
        let answer = connection.call(&call("Fail", "{}")).await.unwrap();
        assert_eq!(answer.to_unicode(), r#"{"type": null, "body": {"grpc_status": "UNIMPLEMENTED"}}"#);
    });
}

#[test]
fn setup_opens_the_stream_and_pushes_are_acknowledged() {
    with_connection(Some(r#"{"tenant": ""}"#), async |connection| {
        assert_eq!(push(&connection, "NotifyRequest").await, [r#"{"requestId": "7"}"#]);
        let echoes = push(&connection, "EchoRequest").await.join("\n");
        assert!(echoes.contains(r#""kind": "ConnectionSetupRequest", "body": {"tenant": ""}"#), "{echoes}");
        assert!(
            echoes.contains(r#""kind": "NotifyResponse", "body": {"requestId": "7", "resultCode": 200"#),
            "{echoes}"
        );
        assert_eq!(connection.closed(), None);
    });
}

#[test]
fn stream_that_the_server_ends_is_closed() {
    with_connection(None, async |mut connection| {
        assert_eq!(connection.closed(), None);
        connection.send("Bye", "{}").await.unwrap();
        push(&connection, "none").await;
        assert_eq!(connection.closed().as_deref(), Some("COMPLETED"));
    });
}

#[test]
fn connect_to_nothing_is_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let port = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port();
        let spec = Connect {
            name: "c".to_owned(),
            setup: None,
            client_ip: String::new(),
            settle: Duration::ZERO,
            acknowledges: true,
        };
        let error = GrpcConnection::open("127.0.0.1", port, &spec).await.unwrap_err();
        assert!(format!("{error:#}").starts_with("connect to port"), "{error:#}");
    });
}
