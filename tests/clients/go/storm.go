package main

import (
	"crypto/md5"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/nacos-group/nacos-sdk-go/v2/clients"
	"github.com/nacos-group/nacos-sdk-go/v2/clients/naming_client"
	"github.com/nacos-group/nacos-sdk-go/v2/common/constant"
	"github.com/nacos-group/nacos-sdk-go/v2/model"
	"github.com/nacos-group/nacos-sdk-go/v2/vo"
)

// atOnce is how many clients connect and subscribe at the same time.
const atOnce = 8

// storm is many clients in one process: the storm of tests/clients/README.md.
type storm struct {
	server   constant.ServerConfig
	services int
	// share: each client subscribes to one service of so many.
	share   int
	clients []naming_client.INamingClient
}

// runStorm takes the numbers of clients and services, the share, the number of changes, and that of this program.
func runStorm(arguments []string) error {
	numbers := make([]int, len(arguments))
	for i, argument := range arguments {
		number, err := strconv.Atoi(argument)
		if err != nil {
			return err
		}
		numbers[i] = number
	}
	host, port, err := serverAddress()
	if err != nil {
		return err
	}
	s := &storm{
		server:   *constant.NewServerConfig(host, port),
		services: numbers[1],
		share:    numbers[2],
		clients:  make([]naming_client.INamingClient, numbers[0]),
	}
	if err := s.subscribe(); err != nil {
		return err
	}
	step("subscribed")
	if err := s.change(numbers[3], numbers[4]); err != nil {
		return err
	}
	for word := step("changed"); word != "END"; {
		held, err := s.held()
		if err != nil {
			return err
		}
		word = step("holds " + held)
	}
	return nil
}

func (s *storm) subscribe() error {
	failures := make(chan error, len(s.clients))
	permits := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for number := range s.clients {
		all.Add(1)
		permits <- struct{}{}
		go func() {
			defer all.Done()
			var err error
			if s.clients[number], err = s.subscriber(number); err != nil {
				failures <- err
			}
			<-permits
		}()
	}
	all.Wait()
	close(failures)
	return <-failures
}

func (s *storm) subscriber(number int) (naming_client.INamingClient, error) {
	client, err := s.client(fmt.Sprintf("subscriber-%d", number))
	if err != nil {
		return nil, err
	}
	for service := number % s.share; service < s.services; service += s.share {
		err := client.Subscribe(&vo.SubscribeParam{
			ServiceName:       serviceName(service),
			GroupName:         group,
			SubscribeCallback: func([]model.Instance, error) {},
		})
		if err != nil {
			return nil, fmt.Errorf("subscribe: %w", err)
		}
	}
	return client, nil
}

func (s *storm) client(name string) (naming_client.INamingClient, error) {
	home := os.Getenv("HOME")
	return clients.NewNamingClient(vo.NacosClientParam{
		ClientConfig: constant.NewClientConfig(
			constant.WithTimeoutMs(60_000),
			constant.WithNotLoadCacheAtStart(true),
			// Without it the SDK drops every push of a service that has become empty.
			constant.WithUpdateCacheWhenEmpty(true),
			constant.WithLogLevel("error"),
			constant.WithLogDir(filepath.Join(home, "log")),
			constant.WithCacheDir(filepath.Join(home, name)),
		),
		ServerConfigs: []constant.ServerConfig{s.server},
	})
}

func (s *storm) change(changes, program int) error {
	provider, err := s.client("provider")
	if err != nil {
		return err
	}
	changing := s.services / 2
	for change := 0; change < changes; change++ {
		service, round := change%changing, change/changing
		phase := (round + service) % 4
		name, ip, port := serviceName(service), fmt.Sprintf("10.2.%d.1", program), uint64(7000+service)
		if phase == 3 && round > 0 {
			err = done(provider.DeregisterInstance(vo.DeregisterInstanceParam{
				Ip: ip, Port: port, ServiceName: name, GroupName: group, Ephemeral: true,
			}))
		} else {
			err = done(provider.RegisterInstance(vo.RegisterInstanceParam{
				Ip: ip, Port: port, Weight: float64(1 + round), Enable: phase != 1, Healthy: true, Ephemeral: true,
				ServiceName: name, GroupName: group, Metadata: map[string]string{"round": strconv.Itoa(round)},
			}))
		}
		if err != nil {
			return fmt.Errorf("change %d: %w", change, err)
		}
	}
	return nil
}

// held tells for each service and each view of it that is held how many clients hold that view.
func (s *storm) held() (string, error) {
	var all []string
	for service := 0; service < s.services; service++ {
		name, counts := serviceName(service), map[string]int{}
		for number := service % s.share; number < len(s.clients); number += s.share {
			instances, err := s.clients[number].SelectAllInstances(vo.SelectAllInstancesParam{ServiceName: name, GroupName: group})
			if err != nil {
				return "", fmt.Errorf("select: %w", err)
			}
			counts[view(instances)]++
		}
		if len(counts) > 1 {
			fmt.Printf("%s is held as %q\n", name, counts)
		}
		for held, count := range counts {
			all = append(all, fmt.Sprintf("%s:%d:%x", name, count, md5.Sum([]byte(held))))
		}
	}
	return strings.Join(all, " "), nil
}

func view(instances []model.Instance) string {
	lines := make([]string, 0, len(instances))
	for _, instance := range instances {
		pairs := make([]string, 0, len(instance.Metadata))
		for key, value := range instance.Metadata {
			pairs = append(pairs, key+"="+value)
		}
		sort.Strings(pairs)
		lines = append(lines, fmt.Sprintf("%s:%d:%.1f:%t:%s",
			instance.Ip, instance.Port, instance.Weight, instance.Healthy, strings.Join(pairs, ",")))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func serviceName(service int) string {
	return fmt.Sprintf("storm-%02d", service)
}
