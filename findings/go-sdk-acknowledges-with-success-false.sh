#!/usr/bin/env bash
# nacos-sdk-go v2.3.5: the acknowledgement of a ClientDetectionRequest says "success":false, with "resultCode":200.
#
# The client is alive and did answer. A server that judges acknowledgements by `success` takes every Go client for dead
# and closes its connection; only `resultCode` can be relied on.
#
# Needs: go and its module proxy.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	pb "github.com/nacos-group/nacos-sdk-go/v2/api/grpc"
	"github.com/nacos-group/nacos-sdk-go/v2/clients"
	"github.com/nacos-group/nacos-sdk-go/v2/common/constant"
	"github.com/nacos-group/nacos-sdk-go/v2/vo"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/anypb"
)

// A server that says yes to everything, and asks each client once whether it is there.
type server struct {
	pb.UnimplementedRequestServer
	pb.UnimplementedBiRequestStreamServer
	answers chan string
}

func payload(kind, body string) *pb.Payload {
	return &pb.Payload{Metadata: &pb.Metadata{Type: kind}, Body: &anypb.Any{Value: []byte(body)}}
}

func (s *server) Request(_ context.Context, request *pb.Payload) (*pb.Payload, error) {
	kind := request.Metadata.Type
	if kind == "ServerCheckRequest" {
		return payload("ServerCheckResponse", `{"resultCode":200,"success":true,"connectionId":"1_127.0.0.1_1"}`), nil
	}
	return payload(kind[:len(kind)-len("Request")]+"Response", `{"resultCode":200,"success":true}`), nil
}

func (s *server) RequestBiStream(stream grpc.BidiStreamingServer[pb.Payload, pb.Payload]) error {
	for {
		message, err := stream.Recv()
		if err != nil {
			return err
		}
		switch message.Metadata.Type {
		case "ConnectionSetupRequest":
			if err := stream.Send(payload("ClientDetectionRequest", `{"requestId":"7"}`)); err != nil {
				return err
			}
		case "ClientDetectionResponse":
			s.answers <- string(message.Body.Value)
		}
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	probe := &server{answers: make(chan string, 8)}
	edge := grpc.NewServer()
	pb.RegisterRequestServer(edge, probe)
	pb.RegisterBiRequestStreamServer(edge, probe)
	go edge.Serve(listener)

	port := uint64(listener.Addr().(*net.TCPAddr).Port)
	folder, _ := os.Getwd()
	settings := constant.NewClientConfig(constant.WithLogDir(folder+"/log"), constant.WithCacheDir(folder+"/cache"),
		constant.WithLogLevel("error"), constant.WithNotLoadCacheAtStart(true))
	servers := []constant.ServerConfig{*constant.NewServerConfig("127.0.0.1", port-1000, constant.WithGrpcPort(port))}
	_, err = clients.NewNamingClient(vo.NacosClientParam{ClientConfig: settings, ServerConfigs: servers})
	if err != nil {
		panic(err)
	}
	select {
	case answer := <-probe.answers:
		fmt.Println(answer)
	case <-time.After(30 * time.Second):
		fmt.Println("no answer within 30 s")
		os.Exit(1)
	}
}
GO
{
    go mod init probe
    go get github.com/nacos-group/nacos-sdk-go/v2@v2.3.5
    go mod tidy
} >log 2>&1 || { cat log; exit 1; }
go run . | tee seen
grep -q '"resultCode":200' seen
grep -q '"success":false' seen
