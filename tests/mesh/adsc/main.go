// Istio's own client of a `xds://` configuration source, set up as istiod sets it up, with istiod's store in memory.
//
// It prints a line `STEP {…}` whenever what the store holds has changed: whether istiod would be ready, what its store
// refused, and all service entries. It ends when its input does.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	networking "istio.io/api/networking/v1alpha3"
	"istio.io/istio/pilot/pkg/config/memory"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/adsc"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/config/schema/gvk"
)

// Between two looks at the store.
const interval = 20 * time.Millisecond

// Every 30 s a ping, also on an idle connection.
var alive = keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}

type endpoint struct {
	Address  string            `json:"address"`
	Ports    map[string]uint32 `json:"ports"`
	Weight   uint32            `json:"weight"`
	Labels   map[string]string `json:"labels"`
	Locality string            `json:"locality"`
}

type port struct {
	Number   uint32 `json:"number"`
	Name     string `json:"name"`
	Protocol string `json:"protocol"`
}

type entry struct {
	Name      string     `json:"name"`
	Hosts     []string   `json:"hosts"`
	Ports     []port     `json:"ports"`
	Endpoints []endpoint `json:"endpoints"`
}

type state struct {
	Synced  bool     `json:"synced"`
	Refused []string `json:"refused"`
	Entries []entry  `json:"entries"`
}

// A store that remembers what it refused; the client only logs it.
type witness struct {
	model.ConfigStoreController
	mutex   sync.Mutex
	refused []string
}

func (w *witness) note(deed string, c config.Config, err error) {
	if err != nil {
		w.mutex.Lock()
		w.refused = append(w.refused, fmt.Sprintf("%s %s/%s: %v", deed, c.Namespace, c.Name, err))
		w.mutex.Unlock()
	}
}

func (w *witness) Create(c config.Config) (string, error) {
	version, err := w.ConfigStoreController.Create(c)
	w.note("create", c, err)
	return version, err
}

func (w *witness) Update(c config.Config) (string, error) {
	version, err := w.ConfigStoreController.Update(c)
	w.note("update", c, err)
	return version, err
}

func (w *witness) state(synced bool) state {
	s := state{Synced: synced, Refused: []string{}, Entries: []entry{}}
	for _, c := range w.List(gvk.ServiceEntry, "") {
		spec := c.Spec.(*networking.ServiceEntry)
		e := entry{Name: c.Namespace + "/" + c.Name, Hosts: spec.Hosts, Ports: []port{}, Endpoints: []endpoint{}}
		for _, p := range spec.Ports {
			e.Ports = append(e.Ports, port{p.Number, p.Name, p.Protocol})
		}
		for _, w := range spec.Endpoints {
			e.Endpoints = append(e.Endpoints, endpoint{w.Address, w.Ports, w.Weight, w.Labels, w.Locality})
		}
		s.Entries = append(s.Entries, e)
	}
	sort.Slice(s.Entries, func(i, j int) bool { return s.Entries[i].Name < s.Entries[j].Name })
	w.mutex.Lock()
	s.Refused = append(s.Refused, w.refused...)
	w.mutex.Unlock()
	return s
}

func run(address string) error {
	client, err := adsc.New(address, &adsc.ADSConfig{
		InitialDiscoveryRequests: adsc.ConfigInitialRequests(),
		Config: adsc.Config{
			Namespace: "istio-system",
			Workload:  "istiod-0",
			Meta:      model.NodeMetadata{Generator: "api"}.ToStruct(),
			GrpcOpts: []grpc.DialOption{
				grpc.WithKeepaliveParams(alive),
				grpc.WithTransportCredentials(insecure.NewCredentials()),
			},
		},
	})
	if err != nil {
		return err
	}
	store := &witness{ConfigStoreController: memory.NewController(memory.Make(collections.Pilot))}
	stop := make(chan struct{})
	go store.Run(stop)
	client.Store = store
	if err := client.Run(); err != nil {
		return err
	}
	go func() {
		for shown := ""; ; time.Sleep(interval) {
			line, err := json.Marshal(store.state(client.HasSynced()))
			if err != nil {
				panic(err)
			}
			if shown != string(line) {
				shown = string(line)
				fmt.Printf("STEP %s\n", shown)
			}
		}
	}()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
