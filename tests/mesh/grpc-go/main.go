// A gRPC client that finds its servers by xDS, and the servers themselves.
//
// Arguments: what to dial, and the number of servers. Prints `STEP PORT PORT ...` with the ports of the servers. Each
// line `CALL n` of its input makes n calls and prints `STEP {...}`: how many calls were answered by which port, or ended
// with which status. It ends when its input does.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	_ "google.golang.org/grpc/xds"
)

const method = "/navaid.test.Backend/Who"

// Longer than the 15 s for which a client waits for a resource that does not come.
const callTime = 20 * time.Second

// raw passes messages as the bytes that they are.
type raw struct{}

func (raw) Name() string                        { return "raw" }
func (raw) Marshal(message any) ([]byte, error) { return *message.(*[]byte), nil }
func (raw) Unmarshal(data []byte, message any) error {
	*message.(*[]byte) = append([]byte(nil), data...)
	return nil
}

// serve starts a server that answers every call with its port, which it returns.
func serve() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	who := func(_ any, stream grpc.ServerStream) error {
		var request []byte
		if err := stream.RecvMsg(&request); err != nil {
			return err
		}
		answer := []byte(port)
		return stream.SendMsg(&answer)
	}
	server := grpc.NewServer(grpc.ForceServerCodec(raw{}), grpc.UnknownServiceHandler(who))
	go func() { log.Fatal(server.Serve(listener)) }()
	return port, nil
}

// call gives the port that answered, or the status in capitals.
func call(connection *grpc.ClientConn) string {
	deadline, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	var request, answer []byte
	if err := connection.Invoke(deadline, method, &request, &answer, grpc.ForceCodec(raw{})); err != nil {
		// The message names the reason where a resource was refused.
		fmt.Println(err)
		return strings.ToUpper(status.Code(err).String())
	}
	return string(answer)
}

func run(target string, servers int) error {
	fmt.Print("STEP")
	for range servers {
		port, err := serve()
		if err != nil {
			return err
		}
		fmt.Print(" ", port)
	}
	fmt.Println()
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var calls int
		if _, err := fmt.Sscanf(lines.Text(), "CALL %d", &calls); err != nil {
			return err
		}
		counts := map[string]int{}
		for range calls {
			counts[call(connection)]++
		}
		told, err := json.Marshal(counts)
		if err != nil {
			return err
		}
		fmt.Printf("STEP %s\n", told)
	}
	return lines.Err()
}

func main() {
	servers, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	if err := run(os.Args[1], servers); err != nil {
		log.Fatal(err)
	}
}
